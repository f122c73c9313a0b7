/** Stands for one wait of a task, as the id of the event that asks for the approval: a task that is retried waits again. */
export function waitKey(taskId: string, until: number): string {
  return `approval ${taskId} ${until}`
}
