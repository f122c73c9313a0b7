import { type Row, row, testMistakes } from './rows.ts'
import { BODY, bySecret, byTwilio, GITHUB, github, SECRET, TWILIO, TWILIO_PATH } from './senders.ts'
import { PUBLIC_URL } from './setup.ts'

const HERE = 'secret_here_malformed'
const SORTED = '{"a":{"b":[1,2,{}],"z":1},"count":12345678901234567890,"zen":"Ünïcode / slash"}'
const PYTHON =
  '{"zen": "\\u00dcn\\u00efcode / slash", "count": 12345678901234567890, "a": {"z": 1, "b": [1, 2, {}]}}'
const PHP =
  '{"zen":"\\u00dcn\\u00efcode \\/ slash","count":12345678901234567890,"a":{"z":1,"b":[1,2,{}]}}'
const BODIES: readonly Row[] = [
  row(
    'minified',
    GITHUB,
    () =>
      bySecret(
        SECRET,
        JSON.stringify(JSON.parse(SORTED.replace(/\d{20}/, '1')), null, 2),
        SORTED.replace(/\d{20}/, '1'),
      ),
    ['body_rewritten'],
    /indented by 2/,
  ),
  row(
    'made pretty',
    GITHUB,
    () => bySecret(SECRET, '{"a":1,"b":[2]}', '{\n  "a": 1,\n  "b": [\n    2\n  ]\n}'),
    ['body_rewritten'],
    /without spaces/,
  ),
  row(
    'written by Python',
    GITHUB,
    () => bySecret(SECRET, BODY, PYTHON),
    ['body_rewritten'],
    /without spaces/,
  ),
  row(
    'read from Python',
    GITHUB,
    () => bySecret(SECRET, PYTHON, BODY),
    ['body_rewritten'],
    /space after.*ASCII/,
  ),
  row('written by PHP', GITHUB, () => bySecret(SECRET, PHP, BODY), ['body_rewritten'], /`\/` as/),
  row(
    'with keys unsorted',
    GITHUB,
    () => bySecret(SECRET, SORTED, BODY),
    ['body_rewritten'],
    /keys sorted/,
  ),
  row(
    'less its newline',
    GITHUB,
    () => bySecret(SECRET, `${BODY}\n`, BODY),
    ['body_rewritten'],
    /line end after/,
  ),
  row(
    'with a newline more',
    GITHUB,
    () => bySecret(SECRET, BODY, `${BODY}\n`),
    ['body_rewritten'],
    /without the line end/,
  ),
  row(
    'with CR LF',
    GITHUB,
    () => bySecret(SECRET, '{\n"a":1}', '{\r\n"a":1}'),
    ['body_rewritten'],
    /LF line ends/,
  ),
  row(
    'with a byte order mark',
    GITHUB,
    () => bySecret(SECRET, BODY, `\ufeff${BODY}`),
    ['body_rewritten'],
    /byte order mark/,
  ),
  row(
    'read as Latin-1',
    GITHUB,
    () => bySecret(SECRET, BODY, Buffer.from(BODY).toString('latin1')),
    ['body_rewritten'],
    /Latin-1/,
  ),
  row(
    'taken out of a form',
    GITHUB,
    () => bySecret(SECRET, new URLSearchParams({ payload: BODY }).toString(), BODY),
    ['body_rewritten'],
    /field `payload`/,
  ),
  row(
    'put into a form',
    GITHUB,
    () => bySecret(SECRET, BODY, new URLSearchParams({ payload: BODY }).toString()),
    ['body_rewritten'],
    /JSON in the form/,
  ),
  row(
    'and newline in the secret',
    github(`${SECRET}\n`),
    () => bySecret(SECRET, PYTHON, BODY),
    ['body_rewritten', HERE],
    /ASCII/,
  ),
]

const URLS: readonly Row[] = [
  row(
    'http',
    TWILIO,
    () => byTwilio(PUBLIC_URL.replace('https', 'http') + TWILIO_PATH),
    ['url_differs'],
    /http:\/\/hooks/,
    'twilio',
  ),
  row(
    'a slash at the end',
    TWILIO,
    () => byTwilio(`${PUBLIC_URL}${TWILIO_PATH}/`),
    ['url_differs'],
    /twilio\/;/,
    'twilio',
  ),
  row(
    'no query',
    TWILIO,
    () => byTwilio(PUBLIC_URL + TWILIO_PATH, `${TWILIO_PATH}?a=1`),
    ['url_differs'],
    /without the query/,
    'twilio',
  ),
  row(
    'the host of a tunnel',
    TWILIO,
    () => byTwilio(`https://tunnel.example.net${TWILIO_PATH}`),
    ['url_differs'],
    /tunnel\.example\.net/,
    'twilio',
  ),
]

testMistakes('the body', BODIES)
testMistakes('the URL', URLS)
