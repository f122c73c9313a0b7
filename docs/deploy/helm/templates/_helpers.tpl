{{/* The name of a release: `hookline`, or `team-hookline`. */}}
{{- define "hookline.name" -}}
{{- if contains "hookline" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-hookline" (.Release.Name | trunc 41 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{- define "hookline.labels" -}}
app: {{ include "hookline.name" . }}
app.kubernetes.io/name: hookline
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{/* Labels by which a role is found. Called with the chart's context and `role`. */}}
{{- define "hookline.selector" -}}
app: {{ include "hookline.name" .root }}
role: {{ .role }}
{{- end -}}

{{- define "hookline.configMap" -}}
{{- if .Values.config.existingConfigMap -}}
{{- .Values.config.existingConfigMap -}}
{{- else if .Values.config.files -}}
{{- include "hookline.name" . }}-config
{{- else -}}
{{- fail "There is no config. Give it with --set-file 'config.files.webhook\\.config\\.ts=webhook.config.ts', or name a ConfigMap in config.existingConfigMap." -}}
{{- end -}}
{{- end -}}

{{/* What the pods of both roles have in common. Called with the chart's context, `role`, `pods` and `probes`. */}}
{{- define "hookline.pod" -}}
{{- $root := .root -}}
{{- $account := dig "serviceAccountName" "" .pods -}}
metadata:
  labels:
    {{- include "hookline.selector" . | nindent 4 }}
  annotations:
    checksum/config: {{ $root.Values.config.files | toJson | sha256sum }}
    {{- with .pods.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  automountServiceAccountToken: {{ ne $account "" }}
  {{- with $account }}
  serviceAccountName: {{ . }}
  {{- end }}
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ $root.Values.terminationGracePeriodSeconds }}
  {{- with $root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    seccompProfile: { type: RuntimeDefault }
  {{- if eq .role "receive" }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "hookline.selector" . | nindent 10 }}
  {{- end }}
  {{- with .pods.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .pods.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .pods.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: hookline
      image: "{{ $root.Values.image.repository }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}"
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: ["start", "--role", {{ .role | quote }}]
      ports: [{ name: http, containerPort: 12345 }]
      envFrom: [{ secretRef: { name: {{ $root.Values.secret | quote }} } }]
      {{- with .pods.env }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      resources:
        {{- toYaml .pods.resources | nindent 8 }}
      startupProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 1
        failureThreshold: 60
      livenessProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
      {{- if eq .role "receive" }}
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 5
        timeoutSeconds: 4
      lifecycle:
        # The Service needs a moment to notice that this pod ends.
        preStop: { exec: { command: ["sleep", "5"] } }
      {{- end }}
      volumeMounts:
        - { name: config, mountPath: /config, readOnly: true }
        - { name: data, mountPath: /data }
        - { name: tmp, mountPath: /tmp }
  volumes:
    - { name: config, configMap: { name: {{ include "hookline.configMap" $root | quote }} } }
    - { name: data, emptyDir: { sizeLimit: 64Mi } }
    - { name: tmp, emptyDir: { sizeLimit: 256Mi } }
{{- end -}}
