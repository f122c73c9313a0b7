import { defineConfig, env } from 'hookline'
import { kubernetes } from 'hookline/executors'
import { custom } from 'hookline/sources'

export default defineConfig({
  sources: { custom: custom({ token: env('CUSTOM_TOKEN', { generate: true }) }) },
  programs: {
    // A Job for each task. The payload is in a file of its container.
    count: kubernetes({
      namespace: 'jobs',
      image: 'busybox:1',
      command: ['sh', '-c', 'wc -w < "$WEBHOOK_EVENT_FILE"'],
      eventFile: 'payload',
      resources: { limits: { cpu: '500m', memory: '64Mi' } },
      user: '1000:1000',
    }),
  },
  rules: [{ on: 'custom.text', run: 'count' }],
})
