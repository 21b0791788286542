"""The pipelines that fit every target.

Plain functions on purpose: pySigma before 2.0 keeps one instance for all functions under its `@Pipeline`
decorator, so each of those runs whichever was imported last.
"""

# pySigma evaluates the annotation below while it looks for plugins, so the name must exist at run time.
# What imports this module is pySigma, which has loaded the class before; the guard is for tools that walk
# through all modules.
try:
    from sigma.processing.pipeline import ProcessingPipeline
except ImportError:
    ProcessingPipeline = None  # type: ignore[assignment, misc]


def socdef_pipeline() -> ProcessingPipeline:
    """Add to each rule on a windows category the `EventID` that Sysmon gives such events, once.

    It fits every backend: it renames no field and refuses no rule. A rule that asks for an `EventID`
    already, by itself or through another pipeline, is left as it is. The priority puts it after pipelines
    that choose log sources (such as `sysmon`, 10). Where pipelines of the same priority rename `EventID`
    (`ecs_windows`: `event.code`), the field that is added has the name that they give it, whichever of the
    two comes first. Values are written as `socdef_values` writes them.

        >>> pipeline = socdef_pipeline()
        >>> pipeline.name, pipeline.priority
        ('socdef', 20)
    """
    from sigma.processing.pipeline import ProcessingItem

    from .event_id import AddEventID
    from .values import WriteValues

    return ProcessingPipeline(
        name="socdef",
        priority=20,
        items=[
            ProcessingItem(identifier="socdef_event_id", transformation=AddEventID()),
            ProcessingItem(identifier="socdef_values", transformation=WriteValues()),
        ],
    )


def socdef_values() -> ProcessingPipeline:
    """Write values so that the backend's query finds them, and only them, in any case where it can.

    It fits every backend, and changes nothing for those that need nothing: see `values.yml`.

        >>> socdef_values().name
        'socdef_values'
    """
    from sigma.processing.pipeline import ProcessingItem

    from .values import WriteValues

    return ProcessingPipeline(
        name="socdef_values",
        priority=20,
        items=[ProcessingItem(identifier="socdef_values", transformation=WriteValues())],
    )
