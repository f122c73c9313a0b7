/**
 * How the sender is answered after the commit:
 * - `accepted`: at once, with 202 and the ids of the tasks. The default.
 * - `stream`: with the program's output, as it is written.
 * - a `RuleAnswer`: as it says.
 */
export type AnswerMode = 'accepted' | 'stream' | RuleAnswer

/** A response of a rule. A body is a template over the event: `{branch}`, or `{ cel: … }`. */
export interface TemplateAnswer {
  /** 200 to 599. */
  readonly status?: number | undefined
  /** Default content type: `text/plain; charset=utf-8`. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | { readonly cel: string } | undefined
}

/** The answer of a rule. Without `wait` it is sent at once, with 202 and the ids of the tasks where it says nothing else. */
export interface RuleAnswer extends TemplateAnswer {
  /** Waits for the end of the task, so many seconds (1 to 300). The body is then the output, and the status 200. */
  readonly wait?: number | undefined
  /**
   * What the output is: `result` (the default), the program's result as JSON, or its standard output if it gives none;
   * `stdout`; or `all`, with standard error, in the order in which it was written.
   */
  readonly output?: 'result' | 'stdout' | 'all' | undefined
  /** Statuses by exit code, before all others: `{ 3: 422 }`. */
  readonly exitCodes?: Readonly<Record<string, number>> | undefined
  /** The answer if the task is dead or was cancelled. Default: 500 with the output. */
  readonly failed?: TemplateAnswer | undefined
  /** The answer if the task has not ended in time. Default: 202 with the ids of the tasks. */
  readonly late?: TemplateAnswer | undefined
}
