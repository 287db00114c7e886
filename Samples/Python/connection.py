"""A connection to the broker in the words of its native client, over pika: any AMQP 0-9-1 client would do as well."""

import pika

DEFAULT_QUEUE = "default"  # always there; Broker:Topology:DefaultQueue names another one


class Connection:
    """Opens a connection; user and password as the broker has them from the start."""

    def __init__(self, host="localhost", port=5672, user="guest", password="guest", virtual_host="/"):
        credentials = pika.PlainCredentials(user, password)
        self._connection = pika.BlockingConnection(pika.ConnectionParameters(host, port, virtual_host, credentials))
        self._channel = self._connection.channel()
        self._channel.confirm_delivery()

    def create_exchange(self, name, type="DIRECT", durable=True):
        """Creates an exchange: DIRECT, FANOUT, TOPIC or HEADERS."""
        self._channel.exchange_declare(exchange=name, exchange_type=type.lower(), durable=durable)

    def create_queue(self, name, exchange_name=None, routing_key=None, durable=True, exchane_name=None):
        """Creates a queue and binds it to the exchange, under its own name unless a routing key is given."""
        exchange = exchange_name or exchane_name
        self._channel.queue_declare(queue=name, durable=durable)
        if exchange:
            self._channel.queue_bind(queue=name, exchange=exchange, routing_key=name if routing_key is None else routing_key)

    def publish(self, message, name=None, exchange="", routing_key=None, persistent=True):
        """Publishes text or bytes; returns when the broker has it. With neither queue nor exchange it goes to the default queue."""
        key = routing_key if routing_key is not None else name or ("" if exchange else DEFAULT_QUEUE)
        body = message.encode() if isinstance(message, str) else message
        properties = pika.BasicProperties(delivery_mode=2 if persistent else 1)
        self._channel.basic_publish(exchange=exchange or "", routing_key=key, body=body, properties=properties)

    def subscribe(self, callback, name=None, prefetch=100):
        """Calls back with the text of every message of the queue, until interrupted; acks what the callback returns from."""

        def deliver(channel, method, _properties, body):
            try:
                callback(body.decode())
            except Exception:
                channel.basic_reject(method.delivery_tag, requeue=True)
                raise
            channel.basic_ack(method.delivery_tag)

        self._channel.basic_qos(prefetch_count=prefetch)
        self._channel.basic_consume(queue=name or DEFAULT_QUEUE, on_message_callback=deliver)
        self._channel.start_consuming()

    def close(self):
        """Closes the connection; what was not acked returns to its queue."""
        self._connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
