{{- define "ovate.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "ovate.selector" -}}
app.kubernetes.io/name: ovate
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "ovate.labels" -}}
{{ include "ovate.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "ovate.hosts" -}}
{{- $name := include "ovate.name" . -}}
{{- $ns := .Release.Namespace -}}
{{- $hosts := list $name (printf "%s.%s" $name $ns) (printf "%s.%s.svc" $name $ns) (printf "%s.%s.svc.cluster.local" $name $ns) -}}
{{- concat $hosts .Values.allowedHosts | join "," -}}
{{- end -}}

{{- /* A value as a line of properties has it: numbers of YAML come as 1e+07. */ -}}
{{- define "ovate.value" -}}
{{- $name := first . -}}
{{- $value := last . -}}
{{- if contains "\n" (toString $value) -}}
{{- fail (printf "properties: %s must be one line" $name) -}}
{{- else if and (kindIs "float64" $value) (eq (floor $value) $value) -}}
{{- int64 $value -}}
{{- else -}}
{{- $value -}}
{{- end -}}
{{- end -}}
