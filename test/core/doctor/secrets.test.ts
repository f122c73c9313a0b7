import { type Row, row, testMistakes } from './rows.ts'
import {
  BODY,
  bySecret,
  GITHUB,
  github,
  headerOnly,
  hexOf,
  hmac,
  OTHER,
  SECRET,
  WHSEC,
} from './senders.ts'

const HERE = 'secret_here_malformed'
const THERE = 'secret_there_malformed'
const SECRETS: readonly Row[] = [
  row('here with a newline', github(`${SECRET}\n`), () => bySecret(SECRET), [HERE], /line ends/),
  row('here with spaces', github(`  ${SECRET} `), () => bySecret(SECRET), [HERE], /spaces/),
  row('here in quotes', github(`"${SECRET}"`), () => bySecret(SECRET), [HERE], /quotes/),
  row('here with its name', github(`GH=${SECRET}`), () => bySecret(SECRET), [HERE], /variable/),
  row('there with a newline', GITHUB, () => bySecret(`${SECRET}\n`), [THERE], /line end/),
  row('there with a space', GITHUB, () => bySecret(`${SECRET} `), [THERE], /space after/),
  row('there in quotes', GITHUB, () => bySecret(`'${SECRET}'`), [THERE], /single quotes/),
  row('there unset', GITHUB, () => bySecret('undefined'), [THERE], /not set/),
  row(
    'here in base64',
    github(btoa(SECRET)),
    () => bySecret(SECRET),
    ['secret_encoded'],
    /from base64/,
  ),
  row('there in base64', GITHUB, () => bySecret(btoa(SECRET)), ['secret_encoded'], /in base64/),
  row('here in hex', github(hexOf(SECRET)), () => bySecret(SECRET), ['secret_encoded'], /from hex/),
  row('there in hex', GITHUB, () => bySecret(hexOf(SECRET)), ['secret_encoded'], /in hex/),
  row(
    'there as the bytes behind hex',
    github('00ff'.repeat(8)),
    () => headerOnly(`sha256=${hmac(BODY, Buffer.from('00ff'.repeat(8), 'hex')).digest('hex')}`),
    ['secret_encoded'],
    /decoded from hex/,
  ),
  row(
    'whsec_ lost here',
    github(SECRET),
    () => bySecret(`whsec_${SECRET}`),
    ['secret_encoded'],
    /with `whsec_`/,
  ),
  row(
    'whsec_ lost there',
    github(WHSEC),
    () => bySecret(WHSEC.slice(6)),
    ['secret_encoded'],
    /without `whsec_`/,
  ),
  row(
    'of another source',
    github(SECRET, { bitbucket: ['bitbucket', { secret: OTHER }] }),
    () => bySecret(OTHER),
    ['secret_of_other'],
    /source `bitbucket`/,
  ),
  row(
    'the one before',
    { ...GITHUB, before: github(OTHER) },
    () => bySecret(OTHER),
    ['secret_before_change'],
    /before the last change/,
  ),
  row(
    'the second of two, with a newline there',
    { sources: { github: ['github', { secret: [OTHER, SECRET] }] } },
    () => bySecret(`${SECRET}\n`),
    [THERE],
    /Of its 2 secrets, number 2 matches/,
  ),
]

testMistakes('the secret', SECRETS)
