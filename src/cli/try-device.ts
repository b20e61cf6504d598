// The process in which doctor tries a device: what was found goes to stdout.

import { checkDevice } from '../models/onnx/devices.ts';
import { findDevice } from './devices.ts';

process.stdout.write(JSON.stringify(await findDevice(await checkDevice('device', process.argv[2] ?? ''))));
