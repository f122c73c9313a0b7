/** Texts of the log of a task. */
export const log = {
  title: 'Log',
  attempt: (position: number | string) => `Attempt ${position}`,
  find: 'Find in the log',
  findHint: 'Enter: next, Shift+Enter: previous',
  foundNone: 'Not found',
  follow: 'Follow the end',
  download: 'Download',
  part: 'Only the end of the log is shown.',
  whole: 'Open the whole log',
  waiting: 'Nothing yet. Lines appear here as the program writes them.',
  empty: 'The program has written nothing.',
}
