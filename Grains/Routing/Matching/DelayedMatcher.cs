using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing.Matching.Hashing;
using OrleansBroker.Grains.Routing.Sets;

namespace OrleansBroker.Grains.Routing.Matching;

/// <summary>
/// A message with a delay goes to the exchange's own queue of delayed messages, every other where the type that the declaration names
/// sends it (row 2.33). When the delay is over the message comes back here, without one.
/// </summary>
internal sealed class DelayedMatcher : ExchangeMatcher
{
    private const string TypeArgument = "x-delayed-type";

    private readonly BoundDestination _delayed;
    private readonly ExchangeMatcher _inner;

    private DelayedMatcher(BoundDestination delayed, ExchangeMatcher inner)
    {
        _delayed = delayed;
        _inner = inner;
    }

    public static ExchangeType Type { get; } =
        new(DelayQueue.ExchangeType, static exchange => new DelayedMatcher(
            new BoundDestination(new Destination(DestinationKind.Queue, DelayQueue.NameFor(exchange))), InnerType(exchange).CreateMatcher(exchange)))
        {
            CheckDeclaration = static exchange => InnerType(exchange).CheckDeclaration(exchange),
            CheckBinding = static (exchange, binding) => InnerType(exchange).CheckBinding(exchange, binding),
            ComparedArguments = [TypeArgument, HashSource.HeaderArgument, HashSource.PropertyArgument],
        };

    public override RoutingInputs Inputs => _inner.Inputs | RoutingInputs.Content;

    public override ExchangeMatcher With(BindingDefinition binding) => new DelayedMatcher(_delayed, _inner.With(binding));

    public override ExchangeMatcher Without(BindingDefinition binding) => new DelayedMatcher(_delayed, _inner.Without(binding));

    public override void Collect(RouteWalk walk)
    {
        if (DelayHeader.MayBeIn(walk.Message) && DelayHeader.Of(walk.Headers) > 0)
        {
            walk.Add(_delayed);
        }
        else
        {
            _inner.Collect(walk);
        }
    }

    private static ExchangeType InnerType(ExchangeDefinition exchange) =>
        exchange.Arguments[TypeArgument] is string name && name != DelayQueue.ExchangeType
            ? ExchangeTypes.Get(name)
            : throw new BrokerException(
                ReplyCode.PreconditionFailed, $"Invalid argument, '{TypeArgument}' must be an existing exchange type");
}
