import type { ErrorEntry } from './error-entry.ts'

/** Codes of the config, of programs and of the command line. */
export const SERVICE_ERRORS = {
  store_too_new: {
    title: 'The store was written by a newer version',
    remedy: 'Run the newer version, or restore a backup.',
  },
  store_backup_failed: {
    title: 'The backup was not made',
    remedy: 'Name a new file in a folder that may be written and has room; nothing was changed.',
  },
  store_incomplete: {
    title: 'The store is still being filled from another one',
    remedy: 'Run `hookline migrate-store` again, to its end, or use another store.',
  },
  transfer_refused: {
    title: 'The store cannot be moved so',
    remedy: 'Correct what the message names; nothing was changed in the source.',
  },
  transfer_differs: {
    title: 'What was moved is not what the source holds',
    remedy: 'Let nothing use either store, remove what was filled, and move again.',
  },
  admin_token_weak: {
    title: 'The admin token is too short',
    remedy: 'Use at least 16 random characters, or unset it to have one made.',
  },
  audit_broken: {
    title: 'The audit log is not as it was written',
    remedy:
      'Find out who could write to the store; compare with a backup, and with a head noted elsewhere.',
  },
  config_missing: {
    title: 'There is no config file',
    remedy: 'Write one with `hookline init`, or name one with --config.',
  },
  config_unreadable: {
    title: 'The config file cannot be read',
    remedy: 'Correct the syntax error that the message shows.',
  },
  config_invalid: {
    title: 'The config has faults',
    remedy: 'Correct each fault listed; nothing was changed.',
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
    title: 'An option is not valid',
    remedy: 'Correct the value at the path shown.',
  },
  option_unknown: {
    title: 'An option is not known',
    remedy: 'Remove it, or correct its spelling.',
  },
  plugin_unknown: {
    title: 'There is no such plugin',
    remedy: 'Check the name, or add its folder to `plugins`.',
  },
  plugin_broken: {
    title: 'A plugin could not be loaded',
    remedy: 'Correct the plugin; the message names its file.',
  },
  plugin_clash: {
    title: 'Two plugins have one name',
    remedy: 'Rename one of them, or remove a folder from `plugins`.',
  },
  plugin_incompatible: {
    title: 'A plugin is for other versions of Hookline',
    remedy: 'Install a version of the plugin that fits, or of Hookline; the message names both.',
  },
  program_unknown: {
    title: 'A rule names a program that is not there',
    remedy: 'Add it to `programs`, or correct the name.',
  },
  rule_source_unknown: {
    title: 'A rule names a source that is not there',
    remedy: 'Add it to `sources`, or correct `on`.',
  },
  rule_clash: { title: 'Two rules have one name', remedy: 'Give one of them another `name`.' },
  managed_name_taken: {
    title: 'A managed part has a name that a config file has',
    remedy: 'Rename or remove one of them: `hookline managed delete` removes the managed one.',
  },
  managed_off: {
    title: 'There is managed config of a kind that may not be managed',
    remedy:
      'Switch it on under `managed` in the config, or remove the part: `hookline managed delete`.',
  },
  managed_refused: {
    title: 'A managed program asks for more than one may have',
    remedy: 'Remove the option that the message speaks of, or define the program in a config file.',
  },
  command_not_allowed: {
    title: 'A managed program would run what is not allowed',
    remedy: 'Add it to `managed.allowedCommands` in the config file, or run another.',
  },
  reference_refused: {
    title: 'A reference in managed config is not allowed',
    remedy: 'Name the variable in `managed.env` of the config file, or give the value itself.',
  },
  condition_invalid: {
    title: 'A condition is not valid CEL',
    remedy: 'Correct it at the place shown.',
  },
  condition_unknown_name: {
    title: 'A condition uses a name that is not there',
    remedy: 'Use a fact of the event, `payload`, `event` or `facts`.',
  },
  param_missing: {
    title: 'The event does not have a value for a param',
    remedy: 'Give the param a default, or add a condition to the rule.',
  },
  param_refused: {
    title: 'The value of a param is not allowed as an argument',
    remedy: 'Set `allowLeadingDash` where the program can take it.',
  },
  expression_failed: {
    title: 'An expression has no value for this event',
    remedy: "Guard it: `has(payload.ref) ? payload.ref : ''`, or add a condition to the rule.",
  },
  address_refused: {
    title: 'The address may not be called',
    remedy: 'Call a public address, or name this one in `allowPrivate` if it is meant.',
  },
  program_not_found: {
    title: 'The program cannot be started',
    remedy: 'Check `command` and `cwd`, and that the file may be executed.',
  },
  interpreter_unavailable: {
    title: 'The Python interpreter cannot be used',
    remedy: 'See its message; try `mode: "spawn"`, and the modules of `preload` one by one.',
  },
  interpreter_lost: {
    title: 'The Python process that programs are started from ended',
    remedy: 'The next run starts it again. Where it happens often, look for a shortage of memory.',
  },
  launcher_lost: {
    title: 'The process that starts programs has ended',
    remedy: 'The next run starts it again. Where it happens often, look for a shortage of memory.',
  },
  restriction_unavailable: {
    title: 'A restriction of the program cannot be set on this machine',
    remedy: 'Install util-linux (setpriv, prlimit) and coreutils (nice), or remove the option.',
  },
  sandbox_unavailable: {
    title: 'The sandbox of the program cannot be made on this machine',
    remedy:
      'Install bubblewrap (`bwrap`), allow user namespaces, check the paths in `sandbox`; or remove the option.',
  },
  root_refused: {
    title: 'The program would run as root',
    remedy: 'Set `uid` and `gid`, start Hookline as another user, or set `allowRoot: true`.',
  },
  engine_unavailable: {
    title: 'The container engine cannot be used',
    remedy: 'Start it, check `socketPath` or DOCKER_HOST, and that this user may open the socket.',
  },
  image_unavailable: {
    title: 'The image of a program is not there',
    remedy: 'Check the name of `image` and the access to its registry, or load it by hand.',
  },
  container_refused: {
    title: 'The container engine refused the container',
    remedy: 'Correct the option that the message speaks of.',
  },
  out_of_memory: {
    title: 'The program ran out of memory',
    remedy: 'Raise `memoryBytes`, or let the program need less.',
  },
  address_in_use: {
    title: 'The port is in use',
    remedy: 'Stop the other process, or choose another --port.',
  },
  data_dir_in_use: {
    title: 'Another process uses the data folder',
    remedy: 'Stop it, or choose another --data.',
  },
  service_manager_unavailable: {
    title: 'systemd could not do it',
    remedy:
      'See its message. `hookline service install --print` writes the unit for another machine.',
  },
  service_unreachable: {
    title: 'The service does not answer',
    remedy: 'Start it with `hookline start`, or name it with --url.',
  },
  node_too_old: {
    title: 'Node.js is too old',
    remedy: 'Install a newer Node.js from https://nodejs.org, or use the container image.',
  },
  cli_usage: { title: 'The command cannot be carried out as given', remedy: 'See --help.' },
} as const satisfies Record<string, ErrorEntry>
