// What the tests need from the system: Chromium, which opens the report. As root on Debian it is installed here;
// otherwise this says what to install.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const BROWSER = '/usr/bin/chromium';

if (!existsSync(BROWSER)) {
  const root = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (!root) {
    console.error(
      `The tests open the report in Chromium, and ${BROWSER} is not there; install it: apt-get install chromium`,
    );
    process.exit(3);
  }
  console.log('Installing Chromium for the tests…');
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
  apt('install', '-y', '--no-install-recommends', 'chromium');
}
