//! Counters for Prometheus.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    route: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Family<Route, Histogram>,
    bytes: Counter,
    cut: Counter,
    pub(crate) results: Counter,
    pub(crate) unreadable: Counter,
    pub(crate) displaced: Counter,
    pub(crate) connections: Gauge,
    pub(crate) in_flight: Gauge,
    iocs: Gauge<i64, std::sync::atomic::AtomicI64>,
    revision: Gauge<f64, AtomicU64>,
}

impl Metrics {
    pub(crate) fn new() -> Metrics {
        let mut registry = Registry::with_prefix("socdef");
        let seconds: Family<Route, Histogram> =
            Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.001, 2.0, 15)));
        let metrics = Metrics {
            requests: Family::default(),
            seconds: seconds.clone(),
            bytes: Counter::default(),
            cut: Counter::default(),
            results: Counter::default(),
            unreadable: Counter::default(),
            displaced: Counter::default(),
            connections: Gauge::default(),
            in_flight: Gauge::default(),
            iocs: Gauge::default(),
            revision: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register(
            "requests",
            "Requests that were answered",
            metrics.requests.clone(),
        );
        registry.register_with_unit(
            "request",
            "Time until the end of the answer",
            Unit::Seconds,
            seconds,
        );
        registry.register(
            "answer_bytes",
            "Bytes of answers, before compression",
            metrics.bytes.clone(),
        );
        registry.register(
            "cut_answers",
            "Answers that were cut off",
            metrics.cut.clone(),
        );
        registry.register(
            "results",
            "Indicators and rules that were sent",
            metrics.results.clone(),
        );
        registry.register(
            "unreadable_iocs",
            "Indicators that were left out of an answer",
            metrics.unreadable.clone(),
        );
        registry.register(
            "connections",
            "Open connections",
            metrics.connections.clone(),
        );
        registry.register(
            "displaced_connections",
            "Idle connections that were closed to make room for new ones",
            metrics.displaced.clone(),
        );
        registry.register(
            "requests_in_flight",
            "Requests in progress",
            metrics.in_flight.clone(),
        );
        registry.register(
            "iocs",
            "Indicators in the store, including expired and revoked ones",
            metrics.iocs.clone(),
        );
        registry.register_with_unit(
            "last_change",
            "When the store last changed, in Unix time",
            Unit::Seconds,
            metrics.revision.clone(),
        );
        Metrics {
            registry,
            ..metrics
        }
    }

    /// A request was answered to its end, or the connection was lost before.
    pub(crate) fn request(
        &self,
        route: &'static str,
        status: u16,
        time: Duration,
        bytes: u64,
        whole: bool,
    ) {
        self.requests.get_or_create(&Labels { route, status }).inc();
        self.seconds
            .get_or_create(&Route { route })
            .observe(time.as_secs_f64());
        self.bytes.inc_by(bytes);
        if !whole {
            self.cut.inc();
        }
    }

    /// The whole text.
    pub(crate) fn text(&self, iocs: u64, last_change: f64) -> Result<String, std::fmt::Error> {
        self.iocs.set(iocs as i64);
        self.revision.set(last_change);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
