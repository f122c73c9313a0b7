import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'

export default defineConfig({
  sources: { custom: custom({ token: env('CUSTOM_TOKEN', { generate: true }) }) },
  programs: {
    deploy: subprocess({
      command: ['python3', './deploy.py'],
      params: ['target'],
      retry: { attempts: 1 },
    }),
    notify: subprocess({ command: ['python3', './notify.py'] }),
  },
  rules: [
    { on: 'custom.deploy', run: 'deploy' },
    { on: 'hookline.task.dead', when: "program == 'deploy'", run: 'notify' },
  ],
})
