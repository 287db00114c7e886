using GrainConsumer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansBroker.ClientLib;
using OrleansBroker.Grains.Hosting;

// A grain that consumes a queue. Its subscription outlives its activation: a message activates it.
var builder = Host.CreateApplicationBuilder();
builder.UseOrleans(silo => silo
    .UseLocalhostClustering()
    .AddBroker(broker => broker.Store.Provider = StoreProvider.Memory));

using var host = builder.Build();
await host.StartAsync();

var connection = host.Services.GetRequiredService<Connection>();
await connection.CreateQueueAsync("letters");
var grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IReaderGrain>("reader");
await grain.SubscribeAsync("letters");
await connection.PublishAsync("Hello, grain!", queue: "letters");
Console.WriteLine($"The grain got: {await grain.NextAsync()}");

await host.StopAsync();
