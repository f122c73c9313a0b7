export const errors = {
  title: 'Errors',
  intro:
    'Tasks that are dead, by program and reason. What differs from task to task stands in angle brackets.',
  program: 'Program',
  reason: 'Reason',
  count: 'Dead now',
  first: 'First seen',
  last: 'Last seen',
  newest: 'Newest task',
  look: 'Look at it',
  noReason: 'No reason was given',
  retryAll: 'Retry all',
  retryTitle: (program: string) => `Retry all dead tasks of ${program} with this reason`,
  empty: 'Nothing is dead',
  emptyText:
    'A task is dead when its last attempt has failed. It then stands here with its reason until it is retried.',
}
