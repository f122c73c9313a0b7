import { defineConfig, env } from 'hookline'
import { docker } from 'hookline/executors'
import { custom } from 'hookline/sources'

export default defineConfig({
  sources: { custom: custom({ token: env('CUSTOM_TOKEN', { generate: true }) }) },
  programs: {
    // No network, no capabilities, a read-only root: what a container is given must be said.
    count: docker({
      image: env('COUNT_IMAGE', { default: 'busybox:1' }),
      command: ['wc', '-w'],
      stdin: 'payload',
    }),
  },
  rules: [{ on: 'custom.text', run: 'count' }],
})
