// Preloaded into a measured process: writes down at its end how much memory it had at most, in KB. On Linux what getrusage(2) says begins with
// the parent's, whose memory the process shares until it executes another program; VmHWM in proc(5) is of this program alone.
const { readFileSync, writeFileSync } = require('node:fs');

function peak() {
  const own =
    process.platform === 'linux' && /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return own || process.resourceUsage().maxRSS;
}

process.on('exit', () => writeFileSync(process.env.BENCH_PEAK_FILE, String(peak())));
