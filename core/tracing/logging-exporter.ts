import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import type { PluginLogger } from '../contracts/plugin.ts'

const MAX_REASON_LENGTH = 200

/** Logs when traces can no longer be sent, and when they can be sent again, once each. */
export class LoggingExporter implements SpanExporter {
  readonly #inner: SpanExporter
  readonly #logger: PluginLogger
  #isFailing = false

  constructor(inner: SpanExporter, logger: PluginLogger) {
    this.#inner = inner
    this.#logger = logger
  }

  /** Whether the last traces could not be sent. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  export(spans: ReadableSpan[], onResult: (result: ExportResult) => void): void {
    try {
      this.#inner.export(spans, (result) => {
        this.#logChange(result)
        onResult(result)
      })
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error))
      const result = { code: ExportResultCode.FAILED, error: cause }
      this.#logChange(result)
      onResult(result)
    }
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown()
  }

  async forceFlush(): Promise<void> {
    await this.#inner.forceFlush?.()
  }

  #logChange({ code, error }: ExportResult): void {
    const isFailing = code !== ExportResultCode.SUCCESS
    if (isFailing === this.#isFailing) return
    this.#isFailing = isFailing
    if (!isFailing) {
      this.#logger.info({}, 'traces are sent again')
      return
    }
    const reason = error?.message.slice(0, MAX_REASON_LENGTH) ?? 'no reason given'
    this.#logger.warn({ reason }, 'traces cannot be sent and are dropped until they can')
  }
}
