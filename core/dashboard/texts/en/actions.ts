/** Messages about what was just done, shown once on the next page. */
export const actions = {
  signedOut: 'You are signed out.',
  tokenRevoked: 'The token is revoked.',
  paused: 'It is paused. Its tasks wait.',
  resumed: 'It is resumed.',
  partDeleted: 'It is deleted and no longer in force.',
  partSaved: 'It is saved and in force.',
  programRun: 'The program runs now.',
  drained: 'The node takes no new tasks.',
  undrained: 'The node takes tasks again.',
  jobStarted: 'The job has started.',
  jobCancelled: 'The job is cancelled. What it did so far stays.',
  replayed: 'Replayed: this is the new delivery.',
  caughtUp: 'The provider was asked for deliveries that did not arrive.',
  taskRetried: 'The task is run again.',
  taskCancelled: 'The task is cancelled.',
  taskRun: 'The program runs again, as this new task.',
}
