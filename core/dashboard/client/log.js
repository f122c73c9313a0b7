// The log of a task: goes on by itself, follows its end, finds text.
const section = document.querySelector('[data-log]')
const log = section.querySelector('[data-lines]')
const find = section.querySelector('[data-find]')
const found = section.querySelector('[data-found]')
const follow = section.querySelector('[data-follow] input')
const MAX_LINES = 5000
const NEAR_END = 40

function toEnd() {
  if (follow.checked) log.scrollTop = log.scrollHeight
}

function add(html) {
  const template = document.createElement('template')
  template.innerHTML = html
  for (const line of [...template.content.children]) {
    const last = log.lastElementChild
    const { joins } = line.dataset
    if (joins === undefined || last === null || !last.classList.contains('line')) log.append(line)
    else if (joins === 'replaces') last.replaceChildren(...line.childNodes)
    else last.append(...line.childNodes)
  }
  const tooMany = log.childElementCount - MAX_LINES
  if (tooMany > 0) {
    for (const line of [...log.children].slice(0, tooMany)) line.remove()
    section.querySelector('[data-part]').hidden = false
  }
  section.querySelector('[data-empty]')?.remove()
  if (find.value !== '') mark()
  toEnd()
}

// A browser opens six connections to a server at most, so a page that nobody sees holds none.
let source = null
let lastId = null
function listen() {
  const url = new URL(log.dataset.stream, location.href)
  if (lastId !== null) url.searchParams.set('after', lastId)
  source = new EventSource(url)
  source.addEventListener('lines', (event) => {
    lastId = event.lastEventId
    add(JSON.parse(event.data))
  })
  source.addEventListener('end', stop)
}
function stop() {
  source?.close()
  source = null
  delete log.dataset.stream
}
function pause() {
  if (log.dataset.stream === undefined) return
  if (!document.hidden) listen()
  else source?.close()
}

let matches = []
let current = -1
function mark() {
  const text = find.value.toLowerCase()
  matches = []
  for (const line of log.children) {
    const isMatch = text !== '' && line.textContent.toLowerCase().includes(text)
    line.classList.toggle('match', isMatch)
    if (isMatch) matches.push(line)
  }
}
function show(at) {
  log.querySelector('.current')?.classList.remove('current')
  current = matches.length === 0 ? -1 : (at + matches.length) % matches.length
  const none = find.value === '' ? '' : found.dataset.none
  found.textContent = current < 0 ? none : `${current + 1} / ${matches.length}`
  const line = matches[current]
  if (line === undefined) return
  line.classList.add('current')
  follow.checked = false
  log.scrollTop += line.getBoundingClientRect().top - log.getBoundingClientRect().top - 60
}

find.addEventListener('input', () => {
  mark()
  show(matches.length - 1)
})
find.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter') return
  event.preventDefault()
  show(current + (event.shiftKey ? -1 : 1))
})
follow.addEventListener('change', toEnd)
let lastTop = 0
log.addEventListener('scroll', () => {
  const fromEnd = log.scrollHeight - log.scrollTop - log.clientHeight
  if (log.scrollTop < lastTop && fromEnd > NEAR_END) follow.checked = false
  lastTop = log.scrollTop
})
if (log.dataset.stream !== undefined) {
  if (!document.hidden) listen()
  document.addEventListener('visibilitychange', pause)
}
toEnd()
