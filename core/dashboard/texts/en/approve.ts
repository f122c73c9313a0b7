export const approve = {
  title: 'Approve a task',
  rule: 'Rule',
  by: 'Asked',
  until: 'Until',
  event: 'Event',
  hint: 'Whoever has this link may decide, once. If nobody does in time, the task is cancelled.',
  approved: 'Approved',
  approvedHint: 'The task runs as soon as a node is free.',
  rejected: 'Rejected',
  rejectedHint: 'The task is cancelled.',
  expired: 'The link has expired',
  expiredHint: 'Nobody approved the task in time, so it is cancelled.',
  ruleGone: 'No rule asks for this approval any more',
  ruleGoneHint:
    'The task still waits. Only an admin can approve it now, in the dashboard. If nobody does in time, it is cancelled.',
  off: 'This link is not accepted any more',
  offHint:
    'The rule of the task takes no links any more. The task still waits: whoever the rule names can approve it in the dashboard.',
  used: 'There is nothing left to decide',
  usedHint:
    'Somebody has decided already, or the task was cancelled, or it waits again with a new link.',
  unknown: 'This link is not valid',
  unknownHint: 'Check that it was copied whole. The task may also have been deleted.',
}
