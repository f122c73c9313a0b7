/**
 * How the sender is answered after the commit:
 * - `accepted`: at once, with 202 and the ids of the tasks. The default.
 * - `wait`: with the program's output and result, or with 202 if the task has not ended after this many seconds (1 to 300).
 * - `stream`: with the program's output, as it is written.
 */
export type AnswerMode = 'accepted' | 'stream' | { readonly wait: number }
