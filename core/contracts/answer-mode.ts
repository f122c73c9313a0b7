/**
 * What a rule's sender is answered, after the commit:
 * - `accepted`: at once, 202 and the ids of the tasks. The default.
 * - `wait`: the program's output and how it ended; 202 where the task has not ended after so many seconds (1 to 300).
 * - `stream`: the program's output while it comes.
 */
export type AnswerMode = 'accepted' | 'stream' | { readonly wait: number }
