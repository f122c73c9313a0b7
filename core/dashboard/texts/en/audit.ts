export const audit = {
  title: 'Audit log',
  intro:
    'Who did what, and when. Entries are chained by hashes, so that a change to an old one is found:',
  time: 'Time',
  actor: 'Who',
  action: 'What',
  target: 'On what',
  outcome: 'Outcome',
  done: 'Done',
  refused: 'Refused',
  client: 'From',
  detail: 'Detail',
  actionHint: 'Such as "token."',
  older: 'Older entries',
  empty: 'No entries',
  emptyText: 'Nothing was done within these filters.',
}
