import type { operations } from '@octokit/openapi-webhooks-types'

type Operation = keyof operations & string

type Underscored<Name extends string> = Name extends `${infer Head}-${infer Rest}`
  ? `${Head}_${Underscored<Rest>}`
  : Name

/** `pull-request/ready-for-review` is the event `pull_request` with the action `ready_for_review`. */
type EventOf<Name extends Operation> = Name extends `${infer Event}/${string}`
  ? Underscored<Event>
  : Underscored<Name>

// The sender of `repository_dispatch` may choose any action, so there is no list of them.
type TypeOf<Name extends Operation> = Name extends `${string}/${infer Action}`
  ? EventOf<Name> extends 'repository_dispatch'
    ? never
    : `${EventOf<Name>}.${Underscored<Action>}`
  : never

type BodyOf<Name extends Operation> = operations[Name] extends {
  readonly requestBody?: { readonly content: { readonly 'application/json': infer Body } }
}
  ? Body
  : never

/** GitHub's payloads by event type: `pull_request` with any action, `pull_request.opened` with that action. */
export type GithubPayloads = {
  readonly [Name in Operation as EventOf<Name> | TypeOf<Name>]: BodyOf<Name>
}
