using Interop;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using Wolverine;
using Wolverine.ErrorHandling;
using Wolverine.RabbitMQ;

// One line a step: pass or fail, a tab, the step's name, and what went wrong.
var (server, port) = (args[0], int.Parse(args[1]));
const string Prefix = "wolverine";
IHost? host = null;

await StepAsync("start-host-autoprovision", async () => host = await StartAsync());
if (host is null)
{
    return 1;
}

await StepAsync("publish-listen-200", async () =>
{
    await WithBusAsync(async bus =>
    {
        for (var i = 0; i < 200; i++)
        {
            await bus.PublishAsync(new Ping(i));
        }
    });
    await UntilAsync(() => new(Seen.Pings.Count == 200), "200 pings");
});
await StepAsync("request-reply", () => WithBusAsync(async bus =>
{
    var answer = await bus.InvokeAsync<Answer>(new Ask("hi"), timeout: TimeSpan.FromSeconds(15));
    Require(answer.Text == "re:hi", answer.Text);
}));
await StepAsync("retry-succeeds", async () =>
{
    await WithBusAsync(bus => bus.PublishAsync(new Flaky("f", 2)).AsTask());
    await UntilAsync(() => new(Seen.Tries.TryGetValue("f", out var tries) && tries == 3), "the third try");
});
await StepAsync("topic-exchange", async () =>
{
    await WithBusAsync(async bus =>
    {
        await bus.PublishAsync(new Painted("shape.square"));
        await bus.PublishAsync(new Painted("color.red"));
    });
    await UntilAsync(() => new(Seen.Painted.ContainsKey("color.red")), "what the binding matches");
    Require(!Seen.Painted.ContainsKey("shape.square"), "what no binding matches came as well");
});
await StepAsync("poison-published", () => WithBusAsync(bus => bus.PublishAsync(new Poison("p")).AsTask()));
await StepAsync("dead-letter-queue-holds-poison", async () =>
{
    await using var connection = await new ConnectionFactory { HostName = server, Port = port }.CreateConnectionAsync();
    await using var channel = await connection.CreateChannelAsync();
    BasicGetResult? dead = null;
    await UntilAsync(async () => (dead = await channel.BasicGetAsync($"{Prefix}-dead", autoAck: true)) is not null, "the dead letter");
    Require(dead!.BasicProperties.Headers?.ContainsKey("x-death") == true, "it has no x-death");
});
await StepAsync("stop-host", () => host.StopAsync());
return 0;

Task<IHost> StartAsync() => Host.CreateDefaultBuilder().ConfigureLogging(logging => logging.ClearProviders()).UseWolverine(options =>
{
    options.Discovery.IncludeType(typeof(Handlers));
    options.Policies.OnException<InvalidOperationException>().RetryTimes(3);
    options.Policies.OnException<ArgumentException>().MoveToErrorQueue();
    options.UseRabbitMq(factory => (factory.HostName, factory.Port) = (server, port)).AutoProvision()
        .DeclareExchange($"{Prefix}-topics", exchange =>
        {
            exchange.ExchangeType = Wolverine.RabbitMQ.ExchangeType.Topic;
            exchange.BindQueue($"{Prefix}-painted", "color.*");
        });
    options.PublishMessage<Ping>().ToRabbitQueue($"{Prefix}-ping");
    options.ListenToRabbitQueue($"{Prefix}-ping").PreFetchCount(50);
    options.PublishMessage<Ask>().ToRabbitQueue($"{Prefix}-ask");
    options.ListenToRabbitQueue($"{Prefix}-ask");
    options.PublishMessage<Flaky>().ToRabbitQueue($"{Prefix}-flaky");
    options.ListenToRabbitQueue($"{Prefix}-flaky");
    options.PublishMessage<Poison>().ToRabbitQueue($"{Prefix}-poison");
    options.ListenToRabbitQueue($"{Prefix}-poison").DeadLetterQueueing(new DeadLetterQueue($"{Prefix}-dead"));
    options.PublishMessagesToRabbitMqExchange<Painted>($"{Prefix}-topics", message => message.Key);
    options.ListenToRabbitQueue($"{Prefix}-painted");
}).StartAsync();

async Task WithBusAsync(Func<IMessageBus, Task> use)
{
    await using var scope = host!.Services.CreateAsyncScope();
    await use(scope.ServiceProvider.GetRequiredService<IMessageBus>());
}

static async Task StepAsync(string name, Func<Task> step)
{
    try
    {
        await step().WaitAsync(TimeSpan.FromSeconds(60));
        Console.WriteLine($"pass\t{name}");
    }
    catch (Exception failure)
    {
        Console.WriteLine($"fail\t{name}\t{failure.GetType().Name}: {failure.Message.Split('\n')[0]}");
    }
}

static async Task UntilAsync(Func<ValueTask<bool>> condition, string what)
{
    var patience = DateTime.UtcNow.AddSeconds(20);
    while (!await condition())
    {
        Require(DateTime.UtcNow < patience, $"waited in vain for {what}");
        await Task.Delay(50);
    }
}

static void Require(bool condition, string what)
{
    if (!condition)
    {
        throw new InvalidOperationException(what);
    }
}
