"""Small diagrams for tests, written element by element."""

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions '
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:lx="urn:linxuan:bpmn:1" id="defs" targetNamespace="urn:test">'
)


def flow(key: str, source: str, target: str, condition: str = "") -> str:
    inner = (
        f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition}'
        "</bpmn:conditionExpression>"
        if condition
        else ""
    )
    return (
        f'<bpmn:sequenceFlow id="{key}" sourceRef="{source}" targetRef="{target}">{inner}'
        "</bpmn:sequenceFlow>"
    )


def gateway_xml(key: str, *, default: str = "", kind: str = "exclusiveGateway") -> str:
    mark = f' default="{default}"' if default else ""
    return f'<bpmn:{kind} id="{key}"{mark}/>'


def bpmn(process: str, *elements: str, defs: str = "") -> bytes:
    body = "".join(elements)
    text = (
        f'{HEAD}{defs}<bpmn:process id="{process}" isExecutable="true">{body}</bpmn:process>'
        "</bpmn:definitions>"
    )
    return text.encode()
