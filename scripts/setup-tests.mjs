// What the tests need from the system: Chromium, which opens the report, a font for its figures, Chromium's software
// Vulkan, which stands in for a GPU together with libvulkan1, and Redis, which holds a run's queue. As root on Debian they are installed here;
// otherwise this says what to install.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const BROWSER = '/usr/bin/chromium';
const VULKAN = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'].map(
  (folder) => `${folder}/libvulkan.so.1`,
);

// What the pages' figures are set in where there is no Arial; without it their lines have other lengths.
const FONTS = '/usr/share/fonts/truetype/liberation';

const missing = [
  ...(existsSync(BROWSER) ? [] : ['chromium']),
  ...(VULKAN.some(existsSync) ? [] : ['libvulkan1']),
  ...(existsSync(FONTS) ? [] : ['fonts-liberation']),
  ...(existsSync('/usr/bin/redis-server') ? [] : ['redis-server']),
];
const root = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
if (missing.length > 0 && !root) {
  console.error(`The tests need more from the system; install it: apt-get install ${missing.join(' ')}`);
  // Without Vulkan the tests of WebGPU are skipped, without Redis those of the queue; without a browser there is no telling whether the report works.
  if (missing.includes('chromium')) process.exit(3);
} else if (missing.length > 0) {
  console.log(`Installing ${missing.join(' and ')} for the tests…`);
  const apt = (...args) => {
    const { status, stdout, stderr } = spawnSync('apt-get', args, {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (status !== 0) {
      console.error(`apt-get ${args.join(' ')} failed:\n${stdout}${stderr}`);
      process.exit(3);
    }
  };
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...missing);
}
