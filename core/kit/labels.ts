/** Whether a node with these labels may run what asks for those. */
export function hasLabels(labels: readonly string[], asked: readonly string[]): boolean {
  return asked.every((label) => labels.includes(label))
}
