using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Exchanges;

/// <summary>One thing that an exchange is asked to do. Planned again, on what was loaded then, when a commit's condition was lost.</summary>
internal abstract class ExchangeCommand
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when it is done and every silo knows, or fails as it was refused.</summary>
    public Task Done => _done.Task;

    /// <summary>Why it was refused, in the last plan.</summary>
    public BrokerException? Refusal { get; set; }

    /// <summary>Whether it may share a commit with others of its kind.</summary>
    public virtual bool Joins => false;

    /// <summary>Reads what the plan needs beside the exchange itself.</summary>
    public virtual ValueTask PrepareAsync() => ValueTask.CompletedTask;

    /// <summary>Puts its changes into the commit; none where there is nothing to do.</summary>
    /// <exception cref="BrokerException">It is refused; then it must not have changed anything.</exception>
    public abstract void Plan(ExchangeCommit commit);

    public void Complete()
    {
        if (Refusal is not null)
        {
            _done.SetException(Refusal);
        }
        else
        {
            _done.SetResult();
        }
    }

    public void Fail(Exception exception) => _done.SetException(exception);

    protected static BrokerException NotFound(object what) => new(ReplyCode.NotFound, $"no {what}");
}

internal sealed class DeclareExchange(ExchangeDefinition definition, ExchangeServices services) : ExchangeCommand
{
    private long _incarnation;
    private long _virtualHost;

    public override async ValueTask PrepareAsync()
    {
        if (await services.Store.GetAsync(TopologyKeys.Exchange(definition.Id), CancellationToken.None) is not null)
        {
            return;
        }

        // What an exchange of this name left when a crash cut its deletion short must not come back with the new one.
        await services.Unbinding.UnbindDestinationAsync(definition.Id.VirtualHost, new Destination(DestinationKind.Exchange, definition.Id.Name));
        if (_incarnation == 0)
        {
            _incarnation = await services.Incarnations.NextAsync(CancellationToken.None);
        }
        else
        {
            services.VirtualHosts.Forget(definition.Id.VirtualHost);
        }

        _virtualHost = await services.VirtualHosts.RequireAsync(definition.Id.VirtualHost, CancellationToken.None);
    }

    public override void Plan(ExchangeCommit commit)
    {
        if (commit.State.Definition is { } existing)
        {
            ExchangeEquivalence.Check(existing, definition);
            return;
        }

        if (!PredeclaredExchanges.Of(definition.Id.VirtualHost).Contains(definition))
        {
            ExchangeRules.CheckCreation(definition);
        }

        // It was there when this was prepared, and went: a version that no row has makes it be prepared again.
        commit.Expect(TopologyKeys.VirtualHost(definition.Id.VirtualHost), _incarnation == 0 ? long.MaxValue : _virtualHost);
        commit.Create(definition, _incarnation);
    }
}

internal sealed class DeleteExchange(bool ifUnused) : ExchangeCommand
{
    public override void Plan(ExchangeCommit commit)
    {
        if (commit.State.Definition is null)
        {
            return;
        }

        if (ifUnused && commit.State.Bindings.Count > 0)
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, $"{commit.State.Id} in use");
        }

        commit.Delete();
    }
}

internal sealed class BindToExchange(BindingDefinition binding, ITopologyStore store) : ExchangeCommand
{
    private readonly string _key = TopologyKeys.Binding(binding);
    private readonly string? _destinationKey = binding.Destination.Kind switch
    {
        DestinationKind.Queue => TopologyKeys.Queue(new QueueId(binding.Source.VirtualHost, binding.Destination.Name)),
        DestinationKind.Exchange => TopologyKeys.Exchange(new ExchangeId(binding.Source.VirtualHost, binding.Destination.Name)),
        _ => null,
    };

    private long _destination;

    public override bool Joins => true;

    public override async ValueTask PrepareAsync()
    {
        if (_destinationKey is not null)
        {
            _destination = (await store.GetAsync(_destinationKey, CancellationToken.None))?.Version ?? 0;
        }
    }

    public override void Plan(ExchangeCommit commit)
    {
        if (commit.State.Definition is null)
        {
            throw NotFound(commit.State.Id);
        }

        if (_destinationKey is not null && _destination == 0)
        {
            throw NotFound(binding.Destination.Kind == DestinationKind.Queue
                ? new QueueId(binding.Source.VirtualHost, binding.Destination.Name)
                : new ExchangeId(binding.Source.VirtualHost, binding.Destination.Name));
        }

        if (commit.State.Has(_key))
        {
            return;
        }

        ExchangeRules.CheckBinding(commit.State.Definition, binding);

        if (_destinationKey is not null)
        {
            // Who deletes the destination removes its bindings: none may be added that it does not see.
            commit.Expect(_destinationKey, _destination);
        }

        commit.Bind(_key, binding);
    }
}

internal sealed class UnbindFromExchange(BindingDefinition binding) : ExchangeCommand
{
    private readonly string _key = TopologyKeys.Binding(binding);

    public override bool Joins => true;

    public override void Plan(ExchangeCommit commit)
    {
        if (commit.State.TryGet(_key, out var existing))
        {
            commit.Unbind(_key, existing);
        }
    }
}

internal sealed class UnbindDestinationFromExchange(Destination destination) : ExchangeCommand
{
    public override bool Joins => true;

    public override void Plan(ExchangeCommit commit)
    {
        foreach (var key in commit.State.KeysTo(destination))
        {
            if (commit.State.TryGet(key, out var binding))
            {
                commit.Unbind(key, binding);
            }
        }
    }
}
