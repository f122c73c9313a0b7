export const cases = {
  title: 'Cases',
  intro:
    'Deliveries with what you expect of them, in *.hook.yaml files beside the config file. They run as with the command hookline test: signed again, with the config file as it is on disk and the managed parts. No program runs.',
  name: 'Case',
  file: 'File',
  verdict: 'Verdict',
  differences: 'Differences',
  run: 'Run all',
  notRun: 'Not run',
  noCase: 'No valid case',
  states: { passed: 'Passed', failed: 'Failed', skipped: 'Skipped' },
  counts: (passed: string, failed: string, skipped: string) =>
    `Passed: ${passed}. Failed: ${failed}. Skipped: ${skipped}.`,
  more: (count: string) =>
    `The first ${count} are shown. The command hookline test runs all of them.`,
  none: 'No cases yet',
  noneText: 'Record a delivery that is stored as a case, in the folder of the config file:',
}
