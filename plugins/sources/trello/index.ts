import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  OK,
  secrets,
} from '../../../core/sdk/source.ts'

const CARD_FACTS: FactTable = {
  card: ['string', 'Name of the card', 'action.data.card.name'],
  card_id: ['string', 'Id of the card', 'action.data.card.id'],
  list: ['string', 'Name of its list', 'action.data.list.name', 'action.data.listAfter.name'],
  list_before: ['string', 'List it was moved from', 'action.data.listBefore.name'],
  list_after: ['string', 'List it was moved to', 'action.data.listAfter.name'],
  text: ['string', 'Text of a comment', 'action.data.text'],
}

const EVENTS = {
  '*': {
    description: 'Every action of Trello.',
    facts: {
      action: ['string', 'What happened, e.g. `updateCard`', 'action.type'],
      board: ['string', 'Name of the board', 'action.data.board.name'],
      board_id: ['string', 'Id of the board', 'action.data.board.id'],
      sender: ['string', 'Username of the user who did it', 'action.memberCreator.username'],
      date: ['string', 'Time, in ISO 8601', 'action.date'],
      model: ['string', 'Id of the watched object', 'model.id'],
    },
  },
  ...eventsWith(CARD_FACTS, {
    createCard: 'A card was created.',
    updateCard: 'A card was changed or moved.',
    deleteCard: 'A card was deleted.',
    commentCard: 'A comment on a card.',
    addMemberToCard: 'A member was added to a card.',
    addLabelToCard: 'A label was added to a card.',
    addAttachmentToCard: 'A file was attached to a card.',
    updateCheckItemStateOnCard: 'An item of a checklist was checked or unchecked.',
  }),
  createList: 'A list was created.',
  updateList: 'A list was changed.',
  updateBoard: 'A board was changed.',
} satisfies EventTable

/** Webhooks of Trello. The URL is part of what is signed: `publicUrl` must be what Trello calls. */
export const trello = defineSource({
  name: 'trello',
  summary: 'Webhooks of Trello boards, cards and members; needs the right `publicUrl`.',
  documentation: 'https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/',
  setup:
    "Create a webhook with POST /webhooks of Trello's API: the URL as `callbackURL`. The secret is shown next to the API key of the Power-Up.",
  options: z.object({
    secret: secrets().describe('The secret of the Power-Up that owns the API key.'),
  }),
  events: EVENTS,
  signature: {
    header: 'X-Trello-Webhook',
    algorithm: 'sha1',
    encoding: 'base64',
    template: '{body}{url}',
  },
  type: 'action.type',
  id: 'action.id',
  // Trello creates a webhook only if a HEAD of its URL returns 200.
  answer: ({ method }) => (method === 'HEAD' ? OK : undefined),
  acknowledge: () => OK,
})
