import type { EventPayloadMap } from '@octokit/webhooks-types'

type EventName = keyof EventPayloadMap

// The sender of `repository_dispatch` may choose any action, so there is no list of them.
type ActionOf<Payload> = Payload extends { readonly action: infer Action extends string }
  ? string extends Action
    ? never
    : Action
  : never

type EventType = {
  [Name in EventName]: Name | `${Name}.${ActionOf<EventPayloadMap[Name]>}`
}[EventName]

type OfAction<Payload, Action extends string> = Payload extends { readonly action: infer Known }
  ? Action extends Known
    ? Payload & { readonly action: Action }
    : never
  : never

type PayloadOf<Type extends string> = Type extends EventName
  ? EventPayloadMap[Type]
  : Type extends `${infer Name extends EventName}.${infer Action}`
    ? OfAction<EventPayloadMap[Name], Action>
    : never

/** GitHub's payloads by event type: `pull_request` with any action, `pull_request.opened` with that action. */
export type GithubPayloads = { readonly [Type in EventType]: PayloadOf<Type> }
