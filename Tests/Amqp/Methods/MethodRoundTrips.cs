using CsCheck;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Tests.Amqp.Methods;

public class MethodRoundTrips
{
    private static readonly Gen<string> Text = Gen.String[0, 80].Where(text => !text.Any(char.IsSurrogate));
    private static readonly Gen<byte[]> Octets = Text.Select(System.Text.Encoding.UTF8.GetBytes);
    private static readonly Gen<ReadOnlyMemory<byte>> Secret = Gen.Byte.Array[0, 300].Select(octets => (ReadOnlyMemory<byte>)octets);
    private static readonly Gen<FieldTable> Table = Gen.Select(Gen.String[0, 8].Where(text => !text.Any(char.IsSurrogate)), Gen.Int)
        .Select((name, number) => KeyValuePair.Create(name, (object?)number)).Array[0, 4].Select(fields => new FieldTable(fields));

    private static readonly Gen<MethodId> Method = Gen.Int[0, Enum.GetValues<MethodId>().Length - 1].Select(i => Enum.GetValues<MethodId>()[i]);
    private static readonly Gen<byte> Bits = Gen.Byte[0, 31];

    private readonly HashSet<Type> _seen = [];

    [Fact]
    public void Every_method_is_read_as_it_was_written()
    {
        Connection();
        ChannelAndAccess();
        Exchange();
        Queue();
        Consumers();
        Settlement();
        Content();
        Assert.Empty(AnyMethod.Types.Except(_seen));
    }

    [Fact]
    public void Every_method_of_the_protocol_has_a_type_unless_it_has_no_arguments()
    {
        MethodId[] withoutArguments =
        [
            MethodId.ConnectionCloseOk, MethodId.ConnectionUnblocked, MethodId.ConnectionUpdateSecretOk, MethodId.ChannelCloseOk,
            MethodId.ExchangeDeclareOk, MethodId.ExchangeDeleteOk, MethodId.ExchangeBindOk, MethodId.ExchangeUnbindOk,
            MethodId.QueueBindOk, MethodId.QueueUnbindOk, MethodId.BasicQosOk, MethodId.BasicRecoverOk, MethodId.ConfirmSelectOk,
            MethodId.TxSelect, MethodId.TxSelectOk, MethodId.TxCommit, MethodId.TxCommitOk, MethodId.TxRollback, MethodId.TxRollbackOk,
        ];
        var all = Enum.GetValues<MethodId>().Where(id => id != MethodId.None);
        Assert.Equal(all.Order(), AnyMethod.WithArguments.Concat(withoutArguments).Order());
    }

    private void Connection()
    {
        RoundTrip(Gen.Select(Table, Text, Text, (properties, mechanisms, locales) => new ConnectionStart(properties, mechanisms, locales)));
        RoundTrip(Gen.Select(Table, Text, Secret, Text, (properties, mechanism, response, locale) => new ConnectionStartOk(properties, mechanism, response, locale)));
        RoundTrip(Secret.Select(challenge => new ConnectionSecure(challenge)));
        RoundTrip(Secret.Select(response => new ConnectionSecureOk(response)));
        RoundTrip(Gen.Select(Gen.UShort, Gen.UInt, Gen.UShort, (channels, frame, heartbeat) => new ConnectionTune(channels, frame, heartbeat)));
        RoundTrip(Gen.Select(Gen.UShort, Gen.UInt, Gen.UShort, (channels, frame, heartbeat) => new ConnectionTuneOk(channels, frame, heartbeat)));
        RoundTrip(Text.Select(host => new ConnectionOpen(host)));
        RoundTrip(Gen.Const(default(ConnectionOpenOk)));
        RoundTrip(Gen.Select(Gen.UShort, Text, Method, (code, text, method) => new ConnectionClose(code, text, method)));
        RoundTrip(Text.Select(reason => new ConnectionBlocked(reason)));
        RoundTrip(Gen.Select(Secret, Text, (secret, reason) => new ConnectionUpdateSecret(secret, reason)));
    }

    private void ChannelAndAccess()
    {
        RoundTrip(Gen.Const(default(ChannelOpen)));
        RoundTrip(Gen.Const(default(ChannelOpenOk)));
        RoundTrip(Gen.Bool.Select(active => new ChannelFlow(active)));
        RoundTrip(Gen.Bool.Select(active => new ChannelFlowOk(active)));
        RoundTrip(Gen.Select(Gen.UShort, Text, Method, (code, text, method) => new ChannelClose(code, text, method)));
        RoundTrip(Gen.Const(default(AccessRequest)));
        RoundTrip(Gen.UShort.Select(ticket => new AccessRequestOk(ticket)));
    }

    private void Exchange()
    {
        RoundTrip(Gen.Select(Text, Text, Bits, Table, (name, type, bits, table) => new ExchangeDeclare(name, type, (ExchangeDeclareFlags)bits, table)));
        RoundTrip(Gen.Select(Text, Bits, (name, bits) => new ExchangeDelete(name, (ExchangeDeleteFlags)bits)));
        RoundTrip(Gen.Select(Text, Text, Text, Gen.Bool, Table, (to, from, key, noWait, table) => new ExchangeBind(to, from, key, noWait, table)));
        RoundTrip(Gen.Select(Text, Text, Text, Gen.Bool, Table, (to, from, key, noWait, table) => new ExchangeUnbind(to, from, key, noWait, table)));
    }

    private void Queue()
    {
        RoundTrip(Gen.Select(Text, Bits, Table, (name, bits, table) => new QueueDeclare(name, (QueueDeclareFlags)bits, table)));
        RoundTrip(Gen.Select(Text, Gen.UInt, Gen.UInt, (name, messages, consumers) => new QueueDeclareOk(name, messages, consumers)));
        RoundTrip(Gen.Select(Text, Text, Text, Gen.Bool, Table, (name, from, key, noWait, table) => new QueueBind(name, from, key, noWait, table)));
        RoundTrip(Gen.Select(Text, Gen.Bool, (name, noWait) => new QueuePurge(name, noWait)));
        RoundTrip(Gen.UInt.Select(messages => new QueuePurgeOk(messages)));
        RoundTrip(Gen.Select(Text, Bits, (name, bits) => new QueueDelete(name, (QueueDeleteFlags)bits)));
        RoundTrip(Gen.UInt.Select(messages => new QueueDeleteOk(messages)));
        RoundTrip(Gen.Select(Text, Text, Text, Table, (name, from, key, table) => new QueueUnbind(name, from, key, table)));
    }

    private void Consumers()
    {
        RoundTrip(Gen.Select(Gen.UInt, Gen.UShort, Gen.Bool, (size, count, global) => new BasicQos(size, count, global)));
        RoundTrip(Gen.Select(Text, Text, Bits, Table, (queue, tag, bits, table) => new BasicConsume(queue, tag, (BasicConsumeFlags)bits, table)));
        RoundTrip(Text.Select(tag => new BasicConsumeOk(tag)));
        RoundTrip(Gen.Select(Text, Gen.Bool, (tag, noWait) => new BasicCancel(tag, noWait)));
        RoundTrip(Text.Select(tag => new BasicCancelOk(tag)));
        RoundTrip(Gen.Select(Text, Gen.Bool, (queue, noAck) => new BasicGet(queue, noAck)));
        RoundTrip(Gen.Const(default(BasicGetEmpty)));
    }

    private void Settlement()
    {
        RoundTrip(Gen.Select(Gen.ULong, Gen.Bool, (tag, multiple) => new BasicAck(tag, multiple)));
        RoundTrip(Gen.Select(Gen.ULong, Gen.Bool, (tag, requeue) => new BasicReject(tag, requeue)));
        RoundTrip(Gen.Select(Gen.ULong, Bits, (tag, bits) => new BasicNack(tag, (BasicNackFlags)bits)));
        RoundTrip(Gen.Bool.Select(requeue => new BasicRecoverAsync(requeue)));
        RoundTrip(Gen.Bool.Select(requeue => new BasicRecover(requeue)));
        RoundTrip(Gen.Bool.Select(noWait => new ConfirmSelect(noWait)));
    }

    private void Content()
    {
        _seen.UnionWith([typeof(BasicPublish), typeof(BasicReturn), typeof(BasicDeliver), typeof(BasicGetOk)]);
        Gen.Select(Octets, Octets, Octets, Gen.ULong, Gen.UInt, Gen.Bool).Sample((exchange, key, third, tag, number, bit) =>
        {
            var publish = MethodReader.Decode<BasicPublish>(Encode(new BasicPublish { Exchange = exchange, RoutingKey = key, Flags = (BasicPublishFlags)(number & 3) }));
            Same(publish.Exchange, exchange, publish.RoutingKey, key);
            Assert.Equal((BasicPublishFlags)(number & 3), publish.Flags);

            var returned = MethodReader.Decode<BasicReturn>(Encode(new BasicReturn { ReplyCode = (ushort)number, ReplyText = third, Exchange = exchange, RoutingKey = key }));
            Same(returned.Exchange, exchange, returned.RoutingKey, key);
            Same(returned.ReplyText, third, [], []);
            Assert.Equal((ushort)number, returned.ReplyCode);

            var deliver = MethodReader.Decode<BasicDeliver>(Encode(new BasicDeliver { ConsumerTag = third, DeliveryTag = tag, Redelivered = bit, Exchange = exchange, RoutingKey = key }));
            Same(deliver.Exchange, exchange, deliver.RoutingKey, key);
            Same(deliver.ConsumerTag, third, [], []);
            Assert.Equal((tag, bit), (deliver.DeliveryTag, deliver.Redelivered));

            var got = MethodReader.Decode<BasicGetOk>(Encode(new BasicGetOk { DeliveryTag = tag, Redelivered = bit, Exchange = exchange, RoutingKey = key, MessageCount = number }));
            Same(got.Exchange, exchange, got.RoutingKey, key);
            Assert.Equal((tag, bit, number), (got.DeliveryTag, got.Redelivered, got.MessageCount));
        });
    }

    private static void Same(ReadOnlySpan<byte> one, byte[] expectedOne, ReadOnlySpan<byte> other, byte[] expectedOther)
    {
        Assert.Equal(expectedOne, one.ToArray());
        Assert.Equal(expectedOther, other.ToArray());
    }

    private void RoundTrip<TMethod>(Gen<TMethod> methods)
        where TMethod : struct, IMethod<TMethod>
    {
        _seen.Add(typeof(TMethod));
        methods.Sample(method =>
        {
            var payload = Encode(method);
            var read = MethodReader.Decode<TMethod>(payload);
            Assert.Equal(payload, Encode(read));
            foreach (var property in typeof(TMethod).GetProperties())
            {
                Assert.Equal(Comparable(property.GetValue(method)), Comparable(property.GetValue(read)), FieldValueComparer.Instance);
            }

            return true;
        }, iter: 200);
    }

    private static object? Comparable(object? value) => value is ReadOnlyMemory<byte> octets ? octets.ToArray()
        : value is Enum bits ? Convert.ToInt32(bits, System.Globalization.CultureInfo.InvariantCulture)
        : value is ulong number ? (decimal)number
        : value;

    private static byte[] Encode<TMethod>(scoped in TMethod method)
        where TMethod : struct, IMethod<TMethod>, allows ref struct
    {
        var payload = new byte[MethodWriter.SizeOf(in method)];
        Assert.Equal(payload.Length, MethodWriter.Encode(in method, payload));
        return payload;
    }
}
