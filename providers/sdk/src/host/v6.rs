//! Protocol 6.

use groma_protocol::tfplugin6 as p;
use p::provider_server::Provider as Service;

use super::service::provider_service;

provider_service! {
    Service;
    answered {
        get_metadata(p::get_metadata::Request) -> p::get_metadata::Response, |host, _r| host.metadata();
        get_provider_schema(p::get_provider_schema::Request) -> p::get_provider_schema::Response, |host, _r| host.provider_schema();
        get_resource_identity_schemas(p::get_resource_identity_schemas::Request) -> p::get_resource_identity_schemas::Response, |host, _r| host.identity_schemas();
        get_functions(p::get_functions::Request) -> p::get_functions::Response, |host, _r| host.functions();
        validate_provider_config(p::validate_provider_config::Request) -> p::validate_provider_config::Response, |host, r| host.validate_provider(r.config).await;
        validate_resource_config(p::validate_resource_config::Request) -> p::validate_resource_config::Response, |host, r| host.validate_resource(r).await;
        validate_data_resource_config(p::validate_data_resource_config::Request) -> p::validate_data_resource_config::Response, |host, r| host.validate_data_source(r).await;
        validate_ephemeral_resource_config(p::validate_ephemeral_resource_config::Request) -> p::validate_ephemeral_resource_config::Response, |host, r| host.validate_ephemeral(r).await;
        upgrade_resource_state(p::upgrade_resource_state::Request) -> p::upgrade_resource_state::Response, |host, r| host.upgrade_state(r).await;
        upgrade_resource_identity(p::upgrade_resource_identity::Request) -> p::upgrade_resource_identity::Response, |host, r| host.upgrade_identity(r).await;
        move_resource_state(p::move_resource_state::Request) -> p::move_resource_state::Response, |host, r| host.move_state(r).await;
        call_function(p::call_function::Request) -> p::call_function::Response, |host, r| host.call_function(r).await;
        configure_provider(p::configure_provider::Request) -> p::configure_provider::Response, |host, r| host.configure(r).await;
        read_resource(p::read_resource::Request) -> p::read_resource::Response, |host, r| host.read(r).await;
        plan_resource_change(p::plan_resource_change::Request) -> p::plan_resource_change::Response, |host, r| host.plan(r).await;
        apply_resource_change(p::apply_resource_change::Request) -> p::apply_resource_change::Response, |host, r| host.apply(r).await;
        import_resource_state(p::import_resource_state::Request) -> p::import_resource_state::Response, |host, r| host.import(r).await;
        read_data_source(p::read_data_source::Request) -> p::read_data_source::Response, |host, r| host.read_data(r).await;
        open_ephemeral_resource(p::open_ephemeral_resource::Request) -> p::open_ephemeral_resource::Response, |host, r| host.open_ephemeral(r).await;
        renew_ephemeral_resource(p::renew_ephemeral_resource::Request) -> p::renew_ephemeral_resource::Response, |host, r| host.renew_ephemeral(r).await;
        close_ephemeral_resource(p::close_ephemeral_resource::Request) -> p::close_ephemeral_resource::Response, |host, r| host.close_ephemeral(r).await;
        validate_list_resource_config(p::validate_list_resource_config::Request) -> p::validate_list_resource_config::Response, |host, r| host.validate_list(r).await;
        validate_action_config(p::validate_action_config::Request) -> p::validate_action_config::Response, |host, r| host.validate_action(r).await;
        plan_action(p::plan_action::Request) -> p::plan_action::Response, |host, r| host.plan_action(r).await;
        stop_provider(p::stop_provider::Request) -> p::stop_provider::Response, |host, _r| {
            host.stop();
            p::stop_provider::Response::default()
        };
    }
    streamed {
        list_resource: ListResourceStream(p::list_resource::Request) -> p::list_resource::Event, |host, r| host.list(r);
        invoke_action: InvokeActionStream(p::invoke_action::Request) -> p::invoke_action::Event, |host, r| host.invoke_action(r);
    }
    refused {
        generate_resource_config(p::generate_resource_config::Request) -> p::generate_resource_config::Response;
        validate_state_store_config(p::validate_state_store::Request) -> p::validate_state_store::Response;
        configure_state_store(p::configure_state_store::Request) -> p::configure_state_store::Response;
        write_state_bytes(tonic::Streaming<p::write_state_bytes::RequestChunk>) -> p::write_state_bytes::Response;
        lock_state(p::lock_state::Request) -> p::lock_state::Response;
        unlock_state(p::unlock_state::Request) -> p::unlock_state::Response;
        get_states(p::get_states::Request) -> p::get_states::Response;
        delete_state(p::delete_state::Request) -> p::delete_state::Response;
    }
    refused_streams {
        read_state_bytes: ReadStateBytesStream(p::read_state_bytes::Request) -> p::read_state_bytes::Response;
    }
}
