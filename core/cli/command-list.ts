import type { Command } from 'commander'

/** A command as the help lists it. Its file is loaded only if it is the one to run. */
export interface ListedCommand {
  readonly summary: string
  readonly load: () => Promise<Command>
}

/** All commands by name, under the headings of the help. */
export const COMMANDS: Readonly<Record<string, Readonly<Record<string, ListedCommand>>>> = {
  'Set up and try:': {
    init: {
      summary: 'write a config and a first program to this folder',
      load: async () => (await import('./init/command.ts')).initCommand(),
    },
    import: {
      summary: 'write a config from the configuration of another tool, such as adnanh/webhook',
      load: async () => (await import('./import/command.ts')).importCommand(),
    },
    check: {
      summary: 'check the config and show what it defines; changes nothing',
      load: async () => (await import('./commands/check.ts')).checkCommand(),
    },
    schema: {
      summary: 'print the JSON Schema of the config, with all available plugins, for editors',
      load: async () => (await import('./commands/schema.ts')).schemaCommand(),
    },
    send: {
      summary: 'send a delivery to a source, signed as its real sender would sign it',
      load: async () => (await import('./commands/send.ts')).sendCommand(),
    },
    test: {
      summary: 'check what becomes of saved deliveries: their events, rules, arguments and answers',
      load: async () => (await import('./test/command.ts')).testCommand(),
    },
    record: {
      summary: 'write a stored delivery as a case for `hookline test`',
      load: async () => (await import('./test/record.ts')).recordCommand(),
    },
    completion: {
      summary: 'print what lets a shell complete command lines of Hookline',
      load: async () => (await import('./completion/command.ts')).completionCommand(),
    },
    plugin: {
      summary: 'write your own plugins',
      load: async () => (await import('./init/plugin-command.ts')).pluginCommand(),
    },
  },
  'Run:': {
    start: {
      summary: 'run the service',
      load: async () => (await import('./commands/start.ts')).startCommand(),
    },
    dev: {
      summary: 'run the service with a readable debug log',
      load: async () => (await import('./commands/dev.ts')).devCommand(),
    },
    dashboard: {
      summary: 'print a link that signs you in to the dashboard, once, within 15 minutes',
      load: async () => (await import('./commands/dashboard.ts')).dashboardCommand(),
    },
    tunnel: {
      summary: 'show the tunnel of the service, and the URL of every source',
      load: async () => (await import('./commands/tunnel.ts')).tunnelCommand(),
    },
    service: {
      summary: 'run as a systemd service',
      load: async () => (await import('./systemd/command.ts')).serviceCommand(),
    },
    backup: {
      summary: 'copy the store to a new file; the service may be running',
      load: async () => (await import('./store/backup.ts')).backupCommand(),
    },
    'migrate-store': {
      summary: 'move everything in a store to an empty one; run it again to resume',
      load: async () => (await import('./store/migrate-store.ts')).migrateStoreCommand(),
    },
  },
  'Tasks:': {
    tasks: {
      summary: 'list tasks, newest first',
      load: async () => (await import('./commands/tasks.ts')).tasksCommand(),
    },
    task: {
      summary: 'show a task, its attempts and the end of its output',
      load: async () => (await import('./commands/task.ts')).taskCommand(),
    },
    logs: {
      summary: 'print the output of a task, its standard error to standard error',
      load: async () => (await import('./commands/logs.ts')).logsCommand(),
    },
    run: {
      summary: 'run a program at once, with an event that you give or that is stored',
      load: async () => (await import('./commands/run.ts')).runCommand(),
    },
    approve: {
      summary: 'let a task run that waits for an approval',
      load: async () => (await import('./commands/approve.ts')).approveCommand(),
    },
    reject: {
      summary: 'cancel a task that waits for an approval',
      load: async () => (await import('./commands/approve.ts')).rejectCommand(),
    },
    retry: {
      summary: 'run settled tasks again, or all that filters select (default: dead)',
      load: async () => (await import('./commands/task-actions.ts')).retryCommand(),
    },
    cancel: {
      summary: 'cancel waiting or running tasks, or all that filters select',
      load: async () => (await import('./commands/task-actions.ts')).cancelCommand(),
    },
    jobs: {
      summary: 'list, show and cancel jobs: retries, cancellations and replays of many',
      load: async () => (await import('./jobs/command.ts')).jobsCommand(),
    },
  },
  'Deliveries:': {
    deliveries: {
      summary: 'list deliveries, newest first, including refused ones',
      load: async () => (await import('./commands/deliveries.ts')).deliveriesCommand(),
    },
    explain: {
      summary:
        'show what happened to a delivery: its events, the decision of each rule by its clauses, its tasks',
      load: async () => (await import('./commands/explain.ts')).explainCommand(),
    },
    doctor: {
      summary: 'find out why a delivery was refused, by trying known mistakes on its signature',
      load: async () => (await import('./commands/doctor.ts')).doctorCommand(),
    },
    forward: {
      summary: 'send deliveries again to another service, stored ones and live, as they arrived',
      load: async () => (await import('./forward/command.ts')).forwardCommand(),
    },
    replay: {
      summary:
        'accept deliveries again, as new ones, under the current rules, or all that filters select',
      load: async () => (await import('./commands/replay.ts')).replayCommand(),
    },
  },
  'Pauses:': {
    pauses: {
      summary: 'list the sources, rules and programs paused',
      load: async () => (await import('./pauses/commands.ts')).pausesCommand(),
    },
    pause: {
      summary: 'hold back the tasks of a source, rule or program; deliveries are accepted',
      load: async () => (await import('./pauses/commands.ts')).pauseCommand(),
    },
    resume: {
      summary: 'let the tasks of a paused source, rule or program run, in their order',
      load: async () => (await import('./pauses/commands.ts')).resumeCommand(),
    },
  },
  'Webhooks at providers:': {
    'catch-up': {
      summary: 'ask providers for deliveries that did not arrive',
      load: async () => (await import('./catch-up/command.ts')).catchUpCommand(),
    },
    registrations: {
      summary: 'list the webhooks that are registered at their providers',
      load: async () => (await import('./registrations/commands.ts')).registrationsCommand(),
    },
    register: {
      summary: 'create or correct webhooks at their providers',
      load: async () => (await import('./registrations/commands.ts')).registerCommand(),
    },
    unregister: {
      summary: 'remove webhooks at their providers',
      load: async () => (await import('./registrations/commands.ts')).unregisterCommand(),
    },
  },
  'Observe:': {
    stats: {
      summary: 'count deliveries and tasks, and show how long programs take',
      load: async () => (await import('./observe/stats.ts')).statsCommand(),
    },
    errors: {
      summary: 'list why tasks are dead, by program and reason',
      load: async () => (await import('./observe/errors.ts')).errorsCommand(),
    },
    mcp: {
      summary: 'serve tools over the service to a program that speaks the Model Context Protocol',
      load: async () => (await import('./mcp/command.ts')).mcpCommand(),
    },
  },
  'Nodes and config:': {
    nodes: {
      summary: 'list the nodes, and the programs that no live node runs',
      load: async () => (await import('./commands/nodes.ts')).nodesCommand(),
    },
    drain: {
      summary: 'stop a node from claiming tasks; tasks that it runs are finished',
      load: async () => (await import('./commands/drain.ts')).drainCommand(),
    },
    managed: {
      summary: 'list and repair the managed config without the service',
      load: async () => (await import('./commands/managed.ts')).managedCommand(),
    },
    backtest: {
      summary: 'try a rule on stored events, and compare it with the rule in force',
      load: async () => (await import('./commands/backtest.ts')).backtestCommand(),
    },
  },
  'Access and secrets:': {
    token: {
      summary: 'create, list and revoke access tokens',
      load: async () => (await import('./commands/token.ts')).tokenCommand(),
    },
    audit: {
      summary: 'show and verify the audit log',
      load: async () => (await import('./audit/audit.ts')).auditCommand(),
    },
    secrets: {
      summary: 'list, rotate and forget the keys that seal secrets',
      load: async () => (await import('./commands/secrets.ts')).secretsCommand(),
    },
    redact: {
      summary: 'redact the text on standard input as the service would',
      load: async () => (await import('./commands/redact.ts')).redactCommand(),
    },
  },
}
