/** What is wrong, and what to do about it, as sentences. */
export function withRemedy(fault: { readonly message: string; readonly remedy: string }): string {
  const { message, remedy } = fault
  return `${/[.?!]$/.test(message) ? message : `${message}.`} ${remedy}`
}
