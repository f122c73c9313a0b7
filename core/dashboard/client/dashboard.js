// What the pages do beyond links and forms. All of it works again after a part of a page was replaced.
const root = document.documentElement
const said = () => document.getElementById('said')

document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-copy],[data-menu],[data-keys],[data-insert]')
  if (target === null) return
  if (target.dataset.copy !== undefined) copy(target)
  else if (target.dataset.menu !== undefined) toggleMenu(target)
  else if (target.dataset.insert !== undefined) insert(target.dataset.insert)
  else document.getElementById('keys').showModal()
})

document.addEventListener('submit', (event) => {
  const form = event.target
  const button = event.submitter
  const question = button?.dataset.confirm ?? form.dataset.confirm
  if (question === undefined || form.dataset.confirmed !== undefined) return
  event.preventDefault()
  ask(question).then((isYes) => {
    if (!isYes) return
    form.dataset.confirmed = ''
    form.requestSubmit(button)
  })
})

// A form of filters leaves out what is empty, and sends times with their zone.
document.addEventListener('formdata', ({ target, formData }) => {
  if (target.dataset.filters === undefined) return
  for (const [name, value] of [...formData]) {
    if (typeof value === 'string' && value.trim() !== '') continue
    const others = formData.getAll(name).filter((one) => one !== value)
    formData.delete(name)
    for (const other of others) formData.append(name, other)
  }
  for (const field of target.querySelectorAll('input[data-time][type=datetime-local]')) {
    if (field.value !== '') formData.set(field.name, new Date(field.value).toISOString())
  }
})

// A list of filters or actions that hangs below its button closes as a menu does.
document.addEventListener('click', ({ target }) => closePopovers(target))
document.addEventListener('focusin', ({ target }) => closePopovers(target))
function closePopovers(target) {
  for (const open of document.querySelectorAll('details.popover[open]')) {
    if (!open.contains(target)) open.open = false
  }
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const { target } = event
  const popover = target.closest('details.popover[open]')
  if (event.key === 'Escape' && popover !== null) {
    popover.open = false
    popover.querySelector('summary').focus()
  }
  const isField = /^(input|textarea|select)$/i.test(target.tagName) && target.type !== 'checkbox'
  const isTyping = target.isContentEditable || isField
  if (isTyping || document.querySelector('dialog[open]') !== null) return
  if (event.key === '/') {
    const menu = document.querySelector('[data-menu][aria-expanded=false]')
    if (menu?.checkVisibility()) toggleMenu(menu)
    const fields = [...document.querySelectorAll('[data-search]')]
    fields.findLast((field) => field.checkVisibility())?.focus()
  } else if (event.key === 'j') step(1)
  else if (event.key === 'k') step(-1)
  else if (event.key === 'x') pickRow()
  else if (event.key === '?') document.getElementById('keys')?.showModal()
  else return
  event.preventDefault()
})

function step(by) {
  const rows = [...document.querySelectorAll('a[data-row]')]
  const at = rows.indexOf(activeRow()?.querySelector('a[data-row]'))
  rows[Math.min(rows.length - 1, Math.max(0, at + by))]?.focus()
}

const activeRow = () => document.activeElement.closest('tbody tr')

// Rows with check boxes: one box checks all of them, and a key that of the row with the focus.
const picks = () => [...document.querySelectorAll('.pick input')]
document.addEventListener('change', ({ target }) => {
  if (target.dataset.pickAll !== undefined) {
    for (const box of picks()) box.checked = target.checked
  }
  countPicked()
})
function pickRow() {
  const box = activeRow()?.querySelector('.pick input')
  if (!box) return
  box.checked = !box.checked
  countPicked()
}
function countPicked() {
  const all = document.querySelector('[data-pick-all]')
  if (all === null) return
  const count = picks().filter(({ checked }) => checked).length
  all.checked = count > 0 && count === picks().length
  all.indeterminate = count > 0 && !all.checked
  document.querySelector('[data-picked]').value = count || ''
}

function ask(question) {
  const dialog = document.getElementById('confirm')
  document.getElementById('confirm-text').textContent = question
  dialog.returnValue = ''
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true })
  })
}

async function copy(button) {
  const text = button.dataset.copy
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    // Browsers have no clipboard for pages that came by plain HTTP from another machine.
    const area = document.createElement('textarea')
    area.value = text
    document.body.append(area)
    area.select()
    document.execCommand('copy')
    area.remove()
  }
  say(said()?.dataset.copied ?? '')
}

/** Puts a text where the cursor of the field for such texts is. */
function insert(text) {
  const field = document.querySelector('[data-insert-into]')
  field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end')
  field.focus()
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

let sayTimer
function say(text) {
  const place = said()
  if (place === null) return
  place.textContent = text
  place.classList.add('shown')
  clearTimeout(sayTimer)
  sayTimer = setTimeout(() => {
    place.classList.remove('shown')
    place.textContent = ''
  }, 1500)
}

function toggleMenu(button) {
  button.setAttribute('aria-expanded', String(button.getAttribute('aria-expanded') !== 'true'))
}

// New rows of a list wait behind a link, so that nothing moves below a pointer. As many of the last rows stay.
document.addEventListener('htmx:before:swap', ({ detail: { ctx, tasks } }) => {
  if (ctx.sourceElement.dataset.news !== undefined) return
  for (const { fragment, target } of tasks) {
    const link = fragment.querySelector('[data-news]')
    const before = [...(target?.querySelectorAll('.steady > tbody > tr') ?? [])]
    if (link === null || before.length === 0) continue
    const rows = [...fragment.querySelectorAll('.steady > tbody > tr')]
    const known = rows.findIndex(({ id }) => before.some((row) => row.id === id))
    const fresh = known < 0 ? rows : rows.slice(0, known)
    if (fresh.length === 0) continue
    const last = before.findLastIndex((row) => rows.some(({ id }) => id === row.id))
    rows[0].parentElement.append(
      ...before.slice(last + 1, last + 1 + fresh.length).map((row) => row.cloneNode(true)),
    )
    for (const row of fresh) row.remove()
    link.textContent = link.dataset.news.replace('#', fresh.length)
    link.hidden = false
  }
})

const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]

function updateTimes() {
  const format = new Intl.RelativeTimeFormat(root.lang, { numeric: 'auto', style: 'short' })
  const exact = new Intl.DateTimeFormat(root.lang, { dateStyle: 'medium', timeStyle: 'long' })
  for (const element of document.querySelectorAll('time[data-ago]')) {
    const time = new Date(element.dateTime)
    const seconds = (time - Date.now()) / 1000
    const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1)
    const text = format.format(Math.trunc(seconds / size), unit)
    if (element.textContent !== text) element.textContent = text
    element.title = exact.format(time)
  }
  for (const element of document.querySelectorAll('time[data-at]')) {
    const text = exact.format(new Date(element.dateTime))
    if (element.textContent !== text) element.textContent = text
  }
}

function prepare() {
  document.querySelector('form[data-submit-now]')?.requestSubmit()
  document.querySelectorAll('input[data-time]').forEach(prepareTime)
  updateTimes()
  countPicked()
}

// Without the script, the field takes the text that the API takes.
function prepareTime(field) {
  const time = new Date(field.value)
  if (field.value !== '' && Number.isNaN(time.getTime())) return
  const local = (of) => new Date(of - of.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
  const value = field.value === '' ? '' : local(time)
  field.value = ''
  field.type = 'datetime-local'
  field.value = value
}
prepare()
document.addEventListener('htmx:after:swap', updateTimes)
document.addEventListener('htmx:after:swap', countPicked)
setInterval(updateTimes, 10_000)
