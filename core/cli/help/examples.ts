/** What the help of a command says beside its options. */
export interface CommandHelp {
  /** Page of `docs/` that explains it, with an anchor. */
  readonly page: string
  /** Command lines without `hookline`, and what each does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[]
}

/** By the words of a command. A command of commands has the help of its first one. */
export const HELP: Readonly<Record<string, CommandHelp>> = {
  init: {
    page: 'start.md',
    examples: [
      ['init', 'ask for the senders'],
      ['init --source github stripe', 'for these two'],
      ['init --source razorpay --format yaml', 'a sender that has a preset, as YAML'],
    ],
  },
  import: {
    page: 'import.md',
    examples: [
      ['import hooks.json', 'of adnanh/webhook, JSON or YAML, one file or several'],
      ['import hooks.yaml --prefix /webhooks', 'where webhook ran with -urlprefix webhooks'],
      ['import scripts/', 'a tree of scripts of webhookd'],
      ['import fastapi-config config.py', 'dictionaries such as WEBHOOK_CONFIGS; nothing is run'],
    ],
  },
  check: {
    page: 'config.md#faults',
    examples: [
      ['check', 'the config of this folder, or of one above'],
      ['check --config other.yaml', 'another one'],
      ["check --json | jq '.faults'", 'for scripts'],
    ],
  },
  schema: {
    page: 'config.md#changes',
    examples: [['schema > hookline.schema.json', 'with your own plugins, for `$schema`']],
  },
  send: {
    page: 'start.md#on-this-machine',
    examples: [
      ['send github --event push --wait', 'a sample, and the output of what it runs'],
      ['send github -e issues --file issue.json', 'a body of your own, signed'],
      ['send custom -b \'{"type":"ping"}\' -H \'X-Env: test\'', 'a body and a header'],
    ],
  },
  test: {
    page: 'test-a-config.md',
    examples: [
      ['test', 'all cases below this folder'],
      ['test push.hook.yaml --run', 'one case, with its programs, in a copy of the folder'],
      ['test --watch', 'again at each change'],
      ['test --reporter junit > report.xml', 'for CI'],
    ],
  },
  record: {
    page: 'test-a-config.md#record',
    examples: [['record dlv_… --out push.hook.yaml', 'a case without secrets and personal fields']],
  },
  'plugin new': {
    page: 'write-a-source.md',
    examples: [
      ['plugin new source bell', 'plugins/bell.ts and a test that passes'],
      ['plugin new executor lambda --dir mine', 'in another folder'],
    ],
  },
  start: {
    page: 'operate.md#commands-flags-variables',
    examples: [
      ['start', 'with the config of this folder'],
      ['start --port 8080 --data /var/lib/hooks', 'on another port, with another data folder'],
      ['start --tunnel', 'open to the internet, without an account'],
      ['start --role work --label gpu', 'a node that only runs programs'],
    ],
  },
  dev: {
    page: 'start.md',
    examples: [['dev --tunnel', 'every decision in the log, open to the internet']],
  },
  dashboard: { page: 'dashboard.md', examples: [['dashboard', 'a link to open in a browser']] },
  tunnel: {
    page: 'tunnel.md',
    examples: [
      ['tunnel', 'the URL of every source'],
      ['tunnel --qr', 'as QR codes'],
    ],
  },
  'service install': {
    page: 'deploy.md#systemd',
    examples: [
      ['service install --scope user', 'for this user, without root'],
      ['service install --print', 'show the unit and change nothing'],
    ],
  },
  'service uninstall': {
    page: 'uninstall.md',
    examples: [['service uninstall', 'data and config are kept']],
  },
  'service status': { page: 'deploy.md#systemd', examples: [['service status', 'is it running?']] },
  backup: {
    page: 'operate.md#backup-and-restore',
    examples: [['backup /backup/hookline-$(date +%F).db', 'while the service runs']],
  },
  'migrate-store': {
    page: 'many-nodes.md#move-from-one-store-to-the-other',
    examples: [
      [
        'migrate-store --from sqlite:data/hookline.db --to postgres:env:DATABASE_URL',
        'to Postgres',
      ],
    ],
  },
  tasks: {
    page: 'search.md',
    examples: [
      ['tasks --state dead --since 1d', 'what failed since yesterday'],
      ['tasks --program deploy --fact main', 'runs of one program on a branch'],
      ['tasks --json --limit 200', 'for scripts'],
    ],
  },
  task: {
    page: 'when-it-fails.md#the-task-is-dead',
    examples: [['task tsk_…', 'why it ended so']],
  },
  logs: {
    page: 'when-it-fails.md#the-task-is-dead',
    examples: [
      ['logs tsk_… --follow', 'as it is printed'],
      ['logs tsk_… > run.log', 'every byte of it'],
    ],
  },
  run: {
    page: 'operate.md#run-a-program-at-once',
    examples: [
      ['run deploy --param branch=main --wait', 'with params, and print its output'],
      ['run deploy --event event.json', 'with an event of your own'],
      ['run deploy --delivery dlv_…', 'with the event of a stored delivery'],
    ],
  },
  retry: {
    page: 'operate.md#many-at-once',
    examples: [
      ['retry tsk_…', 'one task'],
      ['retry --all --program deploy --since 1d --dry-run', 'count its dead tasks'],
      ['retry --all --program deploy --since 1d --wait', 'run them again'],
    ],
  },
  approve: {
    page: 'rules.md#approval',
    examples: [
      ['approve tsk_…', 'let it run'],
      ['approve tsk_… --digest DIGEST', 'only what was shown with this digest'],
    ],
  },
  reject: {
    page: 'rules.md#approval',
    examples: [["reject tsk_… --reason 'not on a Friday'", 'cancel it, and say why']],
  },
  cancel: {
    page: 'operate.md#many-at-once',
    examples: [
      ['cancel tsk_…', 'one task'],
      ['cancel --all --rule nightly', 'all that wait or run by this rule; asks first'],
    ],
  },
  'jobs list': { page: 'operate.md#many-at-once', examples: [['jobs', 'how far they have come']] },
  'jobs show': { page: 'operate.md#many-at-once', examples: [['jobs show job_…', 'what failed']] },
  'jobs cancel': { page: 'operate.md#many-at-once', examples: [['jobs cancel job_…', 'end it']] },
  deliveries: {
    page: 'search.md',
    examples: [
      ['deliveries --outcome refused --since 1h', 'what was refused lately'],
      ['deliveries --state unmatched', 'what no rule was for'],
    ],
  },
  explain: {
    page: 'rules.md#why-a-rule-did-not-match',
    examples: [['explain dlv_…', 'each rule, clause by clause']],
  },
  doctor: {
    page: 'when-it-fails.md#hookline-doctor',
    examples: [['doctor dlv_…', 'which secret, header or encoding is wrong']],
  },
  forward: {
    page: 'tunnel.md#forward-to-a-service-that-you-develop',
    examples: [
      ['forward http://localhost:3000/hook', 'what comes from now on'],
      ['forward http://localhost:3000/hook --since 1h --once', 'what came in the last hour'],
    ],
  },
  replay: {
    page: 'operate.md#many-at-once',
    examples: [
      ['replay dlv_… --wait', 'one delivery, and the output of what it runs'],
      ['replay --all --source github --since 2h', 'all of a source'],
    ],
  },
  pauses: { page: 'operate.md#pause', examples: [['pauses', 'and why, since when, by whom']] },
  pause: {
    page: 'operate.md#pause',
    examples: [['pause program deploy --reason "database moves"', 'its tasks wait']],
  },
  resume: {
    page: 'operate.md#pause',
    examples: [['resume program deploy', 'what waits runs now']],
  },
  'catch-up': {
    page: 'catch-up.md',
    examples: [
      ['catch-up --status', 'what is known of each provider'],
      ['catch-up github --since 3d', 'what GitHub could not deliver'],
    ],
  },
  registrations: { page: 'register.md', examples: [['registrations', 'with their faults']] },
  register: {
    page: 'register.md',
    examples: [
      ['register --dry-run', 'what would be done'],
      ['register github acme/shop --events push,release', 'one that the config does not name'],
    ],
  },
  unregister: {
    page: 'register.md',
    examples: [['unregister github acme/shop', 'remove one; asks first']],
  },
  stats: { page: 'observe.md#counts-and-errors', examples: [['stats --since 7d', 'of a week']] },
  errors: {
    page: 'observe.md#counts-and-errors',
    examples: [['errors --program deploy --since 1d', 'its faults, the most frequent first']],
  },
  mcp: {
    page: 'mcp.md',
    examples: [
      ['mcp', 'over the service that runs with the data folder'],
      ['mcp --url http://localhost:12345 --token TOKEN', 'over another one, with its role'],
    ],
  },
  nodes: { page: 'many-nodes.md#nodes', examples: [['nodes', 'who runs what']] },
  drain: {
    page: 'many-nodes.md#drain',
    examples: [
      ['drain worker-2', 'before it is stopped'],
      ['drain worker-2 --undo', 'let it work again'],
    ],
  },
  'managed list': { page: 'managed-config.md', examples: [['managed list', 'in the store']] },
  'managed delete': {
    page: 'managed-config.md#when-a-node-does-not-start',
    examples: [['managed delete rules broken', 'so that the service starts again']],
  },
  backtest: {
    page: 'rules.md#try-a-rule-on-stored-events',
    examples: [
      [`backtest --rule deploy --when "branch == 'main'"`, 'a rule with another condition'],
      ['backtest draft.yaml --last 1000', 'a new rule'],
    ],
  },
  'token create': {
    page: 'access.md#tokens-and-roles',
    examples: [['token create grafana --role viewer --expires 90d', 'it is shown once']],
  },
  'token list': { page: 'access.md#tokens-and-roles', examples: [['token list', 'who has one']] },
  'token revoke': {
    page: 'access.md#tokens-and-roles',
    examples: [['token revoke grafana', 'at once; asks first']],
  },
  'audit list': {
    page: 'access.md#audit-log',
    examples: [['audit list --limit 50', 'who did what lately']],
  },
  'audit verify': {
    page: 'access.md#audit-log',
    examples: [['audit verify --head 3f…', 'and that this entry is still in it']],
  },
  'secrets list': { page: 'secrets.md', examples: [['secrets list', 'and what each seals']] },
  'secrets rotate': {
    page: 'secrets.md#change-the-key',
    examples: [['secrets rotate', 'a new key from now on']],
  },
  'secrets forget': {
    page: 'secrets.md#change-the-key',
    examples: [['secrets forget ID', 'a key that is lost; asks first']],
  },
  redact: {
    page: 'secrets.md#redaction',
    examples: [
      ['redact < service.log', 'as the service would'],
      ['redact --self-test', 'that no secret of the config gets through'],
    ],
  },
  completion: {
    page: 'operate.md#completion-in-the-shell',
    examples: [
      ['completion bash >> ~/.bashrc', 'in each new shell'],
      ['completion zsh > ~/.zsh/completions/_hookline', 'for zsh, where `fpath` has this folder'],
      ['completion fish > ~/.config/fish/completions/hookline.fish', 'and for fish'],
    ],
  },
}
