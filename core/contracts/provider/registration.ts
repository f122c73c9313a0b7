/** Creates, corrects and removes the webhooks of one source at its provider. */
export interface HookRegistrar {
  /** Where the options want webhooks, in the provider's own words: `acme/shop`, `org:acme`. Each once. */
  readonly targets: readonly string[]
  /** Targets that a person may add. Absent: there are none but `targets`. */
  readonly others?: {
    /** How they are written, for messages: `owner/repository`, `org:name`. */
    readonly forms: readonly string[]
    /** The target that a text means; null: none. `org:` also stands for what the provider calls a group. */
    read(text: string): string | null
  }
  /** Address of the provider's API. A provider in a private network can reach what is in it. */
  readonly apiUrl: string
  /** Whether the hooks are removed when the service stops, for a URL that ends with it. Default: false. */
  readonly removeAtStop?: boolean
  /**
   * How the hook of a target should be. `types` are the types of events that rules are on, null for all. They may have
   * parts that the provider does not know as events, such as an action: `pull_request.opened`. `events` are chosen
   * instead by a person, in the provider's words. Throws `registration_events` for one that the provider would ignore.
   */
  wanted(
    target: string,
    url: string,
    types: readonly string[] | null,
    events?: readonly string[] | null,
  ): WantedHook
  /**
   * The hook of a target that is ours; null if there is none. A hook is ours by its id, or else by a URL that is exactly
   * the given one. Throws `HooklineError`s with a code `provider_…`, as `put` and `remove` do.
   */
  find(target: string, own: OwnHook, signal: AbortSignal): Promise<RemoteHook | null>
  /** Creates the hook, or changes the current one to what is wanted. Returns it as it is then. */
  put(
    target: string,
    wanted: WantedHook,
    current: RemoteHook | null,
    signal: AbortSignal,
  ): Promise<RemoteHook>
  /** Removes a hook that is ours. Nothing happens if it is gone. */
  remove(target: string, hook: RemoteHook, signal: AbortSignal): Promise<void>
}

/** What is known about the hook of a target. */
export interface OwnHook {
  /** The provider's id of the hook that was registered before; null: none was. */
  readonly id: string | null
  readonly url: string
}

/** A webhook as the provider shows it. */
export interface HookState {
  readonly url: string
  /** In the provider's own words, sorted. */
  readonly events: readonly string[]
  /** What else matters, and can be read back: `active`, `content_type`. Never a secret. */
  readonly settings: Readonly<Record<string, string | number | boolean>>
}

/** A webhook as it should be. */
export interface WantedHook extends HookState {
  /** Changes when something does that cannot be read back, such as the secret. It does not tell the secret. */
  readonly mark: string
}

/** A webhook at the provider. */
export interface RemoteHook extends HookState {
  readonly id: string
}
