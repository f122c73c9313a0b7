import { type EventFacts, fact } from '../../../core/index.ts'
import {
  GENERAL_FACTS,
  ISSUE_COMMENT_FACTS,
  ISSUE_FACTS,
  PING_FACTS,
  PULL_REQUEST_FACTS,
  PUSH_FACTS,
  REF_FACTS,
  RELEASE_FACTS,
  WORKFLOW_RUN_FACTS,
} from './facts.ts'

/** Events with facts of their own. Every other event of GitHub is an event too, with the general facts. */
export const GITHUB_EVENTS: Readonly<Record<string, EventFacts>> = {
  '*': {
    description: 'Any event of GitHub.',
    facts: {
      event_name: fact('string', 'Name of the event without its action, e.g. `pull_request`', ''),
      ...GENERAL_FACTS,
    },
  },
  push: { description: 'Commits or a tag were pushed, or a ref deleted.', facts: PUSH_FACTS },
  pull_request: { description: 'Something about a pull request.', facts: PULL_REQUEST_FACTS },
  pull_request_review: { description: 'A review of a pull request.', facts: PULL_REQUEST_FACTS },
  pull_request_review_comment: {
    description: 'A comment on the changes of a pull request.',
    facts: PULL_REQUEST_FACTS,
  },
  issues: { description: 'Something about an issue.', facts: ISSUE_FACTS },
  issue_comment: {
    description: 'A comment on an issue or a pull request.',
    facts: ISSUE_COMMENT_FACTS,
  },
  release: { description: 'Something about a release.', facts: RELEASE_FACTS },
  workflow_run: {
    description: 'A workflow run was requested, began or ended.',
    facts: WORKFLOW_RUN_FACTS,
  },
  create: { description: 'A branch or tag was made.', facts: REF_FACTS },
  delete: { description: 'A branch or tag was deleted.', facts: REF_FACTS },
  ping: { description: 'The webhook was set up, or tested by hand.', facts: PING_FACTS },
}
