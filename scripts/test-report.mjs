import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/** File that the report of a run is written to. */
export const REPORT_FILE = 'MILLRACE_TEST_REPORT';

const COMPLAINT_LINES = 6;
const COMPLAINT_WIDTH = 160;

/** Of a run of vitest: how many tests passed, failed and were skipped, and what is wrong, in the words that end the whole run. */
export default class TestReport {
  onTestRunEnd(modules, unhandled) {
    const report = { passed: 0, failed: 0, skipped: 0, complaints: [] };
    for (const module of modules) addModule(report, module);
    for (const error of unhandled) {
      report.failed++;
      report.complaints.push(complaint(`nobody caught, ${whileRunning(error)}`, [error]));
    }
    writeFileSync(process.env[REPORT_FILE], JSON.stringify(report));
  }
}

function addModule(report, module) {
  const file = relative(process.cwd(), module.moduleId);
  for (const test of module.children.allTests()) {
    const { state, errors } = test.result();
    if (state === 'passed') report.passed++;
    else if (state === 'skipped') report.skipped++;
    else {
      report.failed++;
      report.complaints.push(complaint(`${file}: ${test.fullName}`, errors ?? []));
    }
  }
  // A file that cannot be read, or what stands around the tests of a suite.
  const around = [module, ...module.children.allSuites()].flatMap((one) => one.errors());
  if (around.length === 0) return;
  report.failed++;
  report.complaints.push(complaint(file, around));
}

const whileRunning = ({ VITEST_TEST_PATH: path, VITEST_TEST_NAME: name }) =>
  path === undefined ? 'outside of the tests' : `${relative(process.cwd(), path)}: ${name ?? ''}`;

/** Where, and the beginning of why. */
function complaint(where, errors) {
  const lines = errors
    .flatMap(({ message, stack }) =>
      (stack?.includes(message) ? stack : `${message}\n${stack ?? ''}`).split('\n'),
    )
    .filter((line) => line.trim() !== '' && !line.includes('node_modules'))
    .slice(0, COMPLAINT_LINES)
    .map((line) => `    ${line.slice(0, COMPLAINT_WIDTH)}`);
  return [where, ...lines].join('\n');
}
