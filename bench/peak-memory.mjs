// Loaded before the program that is measured: leaves its peak memory in bytes where `run-child.mjs` looks for it.

import { writeFileSync } from 'node:fs';

const path = process.env['INTERBRAIN_BENCH_PEAK'];
if (path) process.on('exit', () => writeFileSync(path, String(process.resourceUsage().maxRSS * 1024)));
