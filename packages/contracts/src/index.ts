export type { AccessRules } from './access.ts';
export type { Clock, Logger, Random, Timer } from './ambient.ts';
export type { Address, Backend } from './backend.ts';
export type { ClientRoom, Crowd } from './client-room.ts';
export type { CloseReason, ConnectOptions, Connection, PingQuestion } from './connection.ts';
export type { Discovery } from './discovery.ts';
export { MillpondError } from './errors.ts';
export type { AcquireOptions, ExchangeResult, ExchangeSource, Lease, Outcome, RequestResult } from './exchange.ts';
export type { Exporter, MetricFamily, MetricSample } from './exporter.ts';
export type { Filter, FilterExchange } from './filter.ts';
export type {
  BackendRef,
  BackendState,
  BackendStateChange,
  ConnectionRefusal,
  Observer,
  RequestEnd,
} from './observer.ts';
export { API_VERSION, definePlugin } from './plugin.ts';
export type { Plugin, PluginContext, PluginKind, PluginKinds } from './plugin.ts';
export type { CheckOptions, Probe } from './probe.ts';
export type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.ts';
export type { Candidate, PickContext, PickRequest, Strategy } from './strategy.ts';
export type { BackendTls, FrontendTls, TlsCertificate, TlsVersion } from './tls.ts';
export type {
  ExchangeTimeouts,
  ForwardedStyle,
  Frontend,
  Handler,
  Listener,
  MessageLimits,
  Route,
  RouteRequest,
  Transport,
} from './transport.ts';
