/** Texts of the list of deliveries. */
export const deliveries = {
  title: 'Deliveries',
  outcome: 'Outcome',
  event: 'Event',
  about: 'About',
  tasks: 'Tasks',
  andMore: (name: string, count: string) => `${name} and ${count} more`,
  received: 'Received',
  size: 'Size',
  emptyTitle: 'No deliveries yet',
  emptyText:
    'Each request of a sender is listed here, refused ones too. Give the URL of a source to its sender, or try `hookline send`.',
  toSources: 'See the sources and their URLs',
  noneTitle: 'No delivery matches',
  noneText: 'No delivery that is stored matches these filters.',
}
