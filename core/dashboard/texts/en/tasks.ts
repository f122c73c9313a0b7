/** Texts of the list of tasks. */
export const tasks = {
  title: 'Tasks',
  intro: 'Each run of a program for an event.',
  state: 'State',
  program: 'Program',
  rule: 'Rule',
  event: 'Event',
  created: 'Created',
  took: 'Took',
  attempts: 'Attempts',
  reason: 'Reason',
  emptyTitle: 'No tasks yet',
  emptyText: 'A task is created when a rule matches the event of a delivery.',
  toDeliveries: 'See the deliveries',
  noneTitle: 'No task matches',
  noneText: 'No task that is stored matches these filters.',
}
