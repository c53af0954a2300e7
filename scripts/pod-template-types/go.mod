module pod-template-types

go 1.24

require k8s.io/api v0.35.4
