import type { ErrorEntry } from './entry.ts'

/** Codes of the config, of programs and of the command line. */
export const SERVICE_ERRORS = {
  store_too_new: {
    title: 'The store was written by a newer version',
    remedy: 'Run the newer version, or restore a backup.',
  },
  store_backup_failed: {
    title: 'The backup was not made',
    remedy: 'Name a new file in a writable folder with enough space. Nothing was changed.',
  },
  store_on_network: {
    title: 'The database is on a network file system',
    remedy:
      'Move it to a local disk: another folder with --data, or `store` in the config. Use Postgres where several machines need it.',
  },
  store_incomplete: {
    title: 'The store is not completely filled from another one',
    remedy: 'Run `hookline migrate-store` again until it completes, or use another store.',
  },
  transfer_refused: {
    title: 'The store cannot be moved this way',
    remedy: 'Correct what the message names. The source was not changed.',
  },
  transfer_differs: {
    title: 'The target differs from the source',
    remedy: 'Stop everything that uses either store, remove the target, and move again.',
  },
  tunnel_tool_missing: {
    title: 'The program of the tunnel is not installed',
    remedy: 'Install it as the message says, or choose another tunnel.',
  },
  tunnel_failed: {
    title: 'The tunnel could not be opened',
    remedy: 'Correct what the message names. Hookline tries again by itself.',
  },
  admin_token_weak: {
    title: 'The admin token is too short',
    remedy: 'Use at least 16 random characters, or unset it so that Hookline makes one.',
  },
  audit_broken: {
    title: 'The audit log was changed',
    remedy:
      'Find out who could write to the store. Compare the log with a backup, and with a head kept elsewhere.',
  },
  config_missing: {
    title: 'No config file was found',
    remedy: 'Create one with `hookline init`, or name one with --config.',
  },
  config_untrusted: {
    title: 'The config that was found belongs to another user',
    remedy: 'Name the config with `--config FILE`.',
  },
  config_unreadable: {
    title: 'The config file cannot be read',
    remedy: 'Correct the syntax error that the message shows.',
  },
  config_invalid: {
    title: 'The config is invalid',
    remedy: 'Correct each fault listed. Nothing was changed.',
  },
  env_missing: {
    title: 'An environment variable is not set',
    remedy: 'Set it, or give env() a default or `generate: true`.',
  },
  file_unreadable: {
    title: 'A referenced file cannot be read',
    remedy: 'Check the path and its permissions.',
  },
  option_invalid: {
    title: 'An option is invalid',
    remedy: 'Correct the value at the path shown.',
  },
  option_unknown: {
    title: 'An option is unknown',
    remedy: 'Remove it, or correct its spelling.',
  },
  plugin_unknown: {
    title: 'The plugin is unknown',
    remedy: 'Check the name, or add its folder to `plugins`.',
  },
  plugin_broken: {
    title: 'A plugin could not be loaded',
    remedy: 'Correct the plugin. The message names its file.',
  },
  plugin_clash: {
    title: 'Two plugins have the same name',
    remedy: 'Rename one of them, or remove a folder from `plugins`.',
  },
  plugin_incompatible: {
    title: 'A plugin requires another version of Hookline',
    remedy: 'Install a matching version of the plugin or of Hookline. The message names both.',
  },
  rule_source_unknown: {
    title: 'A rule names an unknown source',
    remedy: 'Add it to `sources`, or correct `on`.',
  },
  changes_unknown: {
    title: 'Not all changed files are known',
    remedy:
      'Nothing has to be done: the condition is judged when its task is claimed, if the source has the option `api`.',
  },
  report_source_unknown: {
    title: 'A report names an unknown source',
    remedy: 'Add the source to `sources`, or correct `report`.',
  },
  report_impossible: {
    title: 'A source cannot report',
    remedy: 'Give its option `api` a token, or report to another source: see docs/report.md.',
  },
  report_no_commit: {
    title: 'There is no commit to report on',
    remedy: 'Use `report` on events about commits: pushes and pull requests.',
  },
  rule_clash: { title: 'Two rules have the same name', remedy: 'Give one of them another `name`.' },
  managed_name_taken: {
    title: 'A managed part has the same name as one in a config file',
    remedy: 'Rename or remove one of them: `hookline managed delete` removes the managed one.',
  },
  managed_off: {
    title: 'Managed config exists for a kind that may not be managed',
    remedy:
      'Enable the kind under `managed` in the config, or remove the part with `hookline managed delete`.',
  },
  managed_refused: {
    title: 'A managed program asks for more than is allowed',
    remedy: 'Remove the option that the message names, or define the program in a config file.',
  },
  command_not_allowed: {
    title: 'A managed program would run a command that is not allowed',
    remedy: 'Add the command to `managed.allowedCommands` in the config file, or run another one.',
  },
  reference_refused: {
    title: 'A reference in managed config is not allowed',
    remedy: 'Add the variable to `managed.env` in the config file, or give the value itself.',
  },
  condition_invalid: {
    title: 'A condition is not valid CEL',
    remedy: 'Correct it at the position shown.',
  },
  condition_too_costly: {
    title: 'A condition takes too many steps for an event',
    remedy: 'Read fewer items: avoid a macro inside a macro, and filter by `on` first.',
  },
  condition_unknown_name: {
    title: 'A condition uses an unknown name',
    remedy: 'Use a fact of the event, `payload`, `event` or `facts`.',
  },
  param_missing: {
    title: 'The event has no value for a param',
    remedy: 'Give the param a default, or add a condition to the rule.',
  },
  param_refused: {
    title: 'The value of a param is not allowed as an argument',
    remedy: 'Set `allowLeadingDash` if the program can handle it.',
  },
  expression_failed: {
    title: 'An expression has no value for this event',
    remedy:
      "Guard it, as in `has(payload.ref) ? payload.ref : ''`, or add a condition to the rule.",
  },
  address_refused: {
    title: 'The address may not be called',
    remedy: 'Call a public address, or add this one to `allowPrivate` if it is intended.',
  },
  program_not_found: {
    title: 'The program cannot be started',
    remedy: 'Check `command` and `cwd`, and that the file is executable.',
  },
  interpreter_unavailable: {
    title: 'The Python interpreter cannot be used',
    remedy: 'See its message. Try `mode: "spawn"`, or the modules of `preload` one by one.',
  },
  interpreter_lost: {
    title: 'The Python process that starts programs has ended',
    remedy: 'The next run starts it again. If this happens often, check for a shortage of memory.',
  },
  launcher_lost: {
    title: 'The process that starts programs has ended',
    remedy: 'The next run starts it again. If this happens often, check for a shortage of memory.',
  },
  restriction_unavailable: {
    title: 'A restriction of the program cannot be set on this machine',
    remedy: 'Install util-linux (setpriv, prlimit) and coreutils (nice), or remove the option.',
  },
  sandbox_unavailable: {
    title: 'The sandbox of the program cannot be created on this machine',
    remedy:
      'Install bubblewrap (`bwrap`), allow user namespaces and check the paths in `sandbox`, or remove the option.',
  },
  root_refused: {
    title: 'The program would run as root',
    remedy: 'Set `uid` and `gid`, start Hookline as another user, or set `allowRoot: true`.',
  },
  engine_unavailable: {
    title: 'The container engine cannot be used',
    remedy:
      'Start the engine. Check `socketPath`, DOCKER_HOST or the context, and that this user may open the socket.',
  },
  image_unavailable: {
    title: 'The image of a program is missing',
    remedy: 'Check the name in `image` and the access to its registry, or load the image by hand.',
  },
  container_refused: {
    title: 'The container engine refused the container',
    remedy: 'Correct the option that the message names.',
  },
  out_of_memory: {
    title: 'The program ran out of memory',
    remedy: 'Raise `memoryBytes`, or make the program use less.',
  },
  address_in_use: {
    title: 'The port is in use',
    remedy: 'Stop the other process, or choose another --port.',
  },
  address_unavailable: {
    title: 'This machine does not have the address',
    remedy: 'Choose another --host: 127.0.0.1 for this machine only, 0.0.0.0 for every network.',
  },
  port_refused: {
    title: 'This user may not listen on the port',
    remedy:
      'Choose a --port from 1024 up and put a proxy before it, or allow this one: in a systemd unit with `AmbientCapabilities=CAP_NET_BIND_SERVICE`.',
  },
  data_dir_unusable: {
    title: 'The data folder cannot be used',
    remedy:
      'Give it to the user that the message names (`chown -R USER FOLDER`; in a container, the volume), or choose another folder with --data.',
  },
  path_unusable: {
    title: 'A file or folder cannot be used',
    remedy: 'Run the command as another user, or in another folder.',
  },
  data_dir_in_use: {
    title: 'Another process uses the data folder',
    remedy: 'Stop it, or choose another --data.',
  },
  service_manager_unavailable: {
    title: 'systemd failed',
    remedy:
      'See its message. For another machine, `hookline service install --print` prints the unit.',
  },
  service_unreachable: {
    title: 'The service does not answer',
    remedy: 'Start it with `hookline start`, or name it with --url.',
  },
  node_too_old: {
    title: 'Node.js is too old',
    remedy: 'Install a newer Node.js from https://nodejs.org, or use the container image.',
  },
  runtime_unsupported: {
    title: 'This is not Node.js',
    remedy: 'Run the command with `node`, 22.18 or later.',
  },
  cli_usage: { title: 'The command is not valid', remedy: 'See --help.' },
} as const satisfies Record<string, ErrorEntry>
