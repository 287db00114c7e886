using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Publishing;

namespace OrleansBroker.Tests.Publishing;

/// <summary>A destination whose answers the test gives; it fails where a link has two calls under way.</summary>
internal sealed class ScriptedTarget : ILinkTarget
{
    private readonly Channel<Call> _calls = Channel.CreateUnbounded<Call>();
    private int _underWay;

    public async Task<EnqueueReply?> TrySendAsync(EnqueueBatch batch)
    {
        Assert.Equal(1, Interlocked.Increment(ref _underWay));
        var call = new Call(batch);
        await _calls.Writer.WriteAsync(call);
        var reply = await call.Reply;
        Interlocked.Decrement(ref _underWay);
        return reply;
    }

    public Task<Call> NextAsync() => _calls.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);

    public bool TryNext([NotNullWhen(true)] out Call? call) => _calls.Reader.TryRead(out call);

    internal sealed class Call(EnqueueBatch batch)
    {
        private readonly TaskCompletionSource<EnqueueReply?> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EnqueueBatch Batch { get; } = batch;

        public IEnumerable<string> Keys => Batch.Messages.Messages.ToArray().Select(message => message.RoutingKey);

        public Task<EnqueueReply?> Reply => _reply.Task;

        public void Answer(EnqueueReply? reply) => _reply.SetResult(reply);
    }
}
