import { z } from 'zod'
import {
  catalogOf,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  fact,
  OK,
  secrets,
  signedSource,
} from '../../core/index.ts'

const CARD_FACTS: FactTable = {
  card: fact('string', 'Name of the card', 'action.data.card.name'),
  card_id: fact('string', 'Id of the card', 'action.data.card.id'),
  list: fact('string', 'Name of its list', 'action.data.list.name'),
  list_before: fact('string', 'List it was moved from', 'action.data.listBefore.name'),
  list_after: fact('string', 'List it was moved to', 'action.data.listAfter.name'),
  text: fact('string', 'Text of a comment', 'action.data.text'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every action of Trello.',
    facts: {
      action: fact('string', 'What happened, e.g. `updateCard`', 'action.type'),
      board: fact('string', 'Name of the board', 'action.data.board.name'),
      board_id: fact('string', 'Id of the board', 'action.data.board.id'),
      sender: fact('string', 'User name of who did it', 'action.memberCreator.username'),
      date: fact('string', 'When, in ISO 8601', 'action.date'),
      model: fact('string', 'Id of what the webhook watches', 'model.id'),
    },
  },
  ...eventsWith(CARD_FACTS, {
    createCard: 'A card was made.',
    updateCard: 'A card was changed or moved.',
    deleteCard: 'A card was deleted.',
    commentCard: 'A comment on a card.',
    addMemberToCard: 'A member was added to a card.',
    addLabelToCard: 'A label was added to a card.',
    addAttachmentToCard: 'A file was attached to a card.',
    updateCheckItemStateOnCard: 'An item of a checklist was ticked, or no longer is.',
  }),
  createList: { description: 'A list was made.', facts: {} },
  updateList: { description: 'A list was changed.', facts: {} },
  updateBoard: { description: 'A board was changed.', facts: {} },
}

const create = signedSource({
  signature: {
    header: 'X-Trello-Webhook',
    algorithm: 'sha1',
    encoding: 'base64',
    template: '{body}{url}',
  },
  events: EVENTS,
  type: { path: 'action.type' },
  id: { path: 'action.id' },
})

/** Webhooks of Trello. The URL is part of what is signed: `publicUrl` must be what Trello calls. */
export const trello = defineSource({
  name: 'trello',
  summary: 'Webhooks of Trello boards, cards and members; needs the right `publicUrl`.',
  documentation: 'https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/',
  options: z.object({
    secret: secrets().describe('The secret of the Power-Up that owns the API key.'),
  }),
  events: catalogOf(EVENTS),
  create: (options, context) => ({
    ...create(options, context),
    // Trello makes no webhook unless a HEAD of its URL gets 200.
    answer: ({ method }) => (method === 'HEAD' ? OK : undefined),
    acknowledge: () => OK,
  }),
})
